// Hex digits: bytes written as two lower-case ones, from a table, since ids and traces write some sixty of them a
// request; and what one digit of either case is worth.
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

// 0 to 15, or -1 for what is no hex digit.
inline int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

} // namespace bursar::server
