// Bytes as two lower-case hex digits, from a table: ids and traces write some sixty of them a request.
#pragma once

#include <array>
#include <cstdint>

namespace bursar::server {

namespace detail {

constexpr std::array<std::array<char, 2>, 256> make_hex_table() {
    constexpr char digits[] = "0123456789abcdef";
    std::array<std::array<char, 2>, 256> table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte)
        table[byte] = {digits[byte >> 4], digits[byte & 15]};
    return table;
}

inline constexpr auto hex_table = make_hex_table();

} // namespace detail

// Writes two characters at out and returns where the next one goes.
inline char* write_hex(std::uint8_t byte, char* out) noexcept {
    *out++ = detail::hex_table[byte][0];
    *out++ = detail::hex_table[byte][1];
    return out;
}

} // namespace bursar::server
