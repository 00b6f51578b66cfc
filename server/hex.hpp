// Hex digits: bytes written as lower-case ones, four bytes at a time, since ids and traces write some sixty of them a
// request; and what one digit of either case is worth. What is longer and rarer, absl writes and reads.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace bursar::server {

// Writes the eight digits of four bytes and returns where the next one goes.
inline char* write_hex(const std::uint8_t* four, char* out) noexcept {
    static_assert(std::endian::native == std::endian::little);
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, four, sizeof bytes);
    // One byte to each half of four, then one digit to each byte: the upper one first.
    std::uint64_t digits = (std::uint64_t{bytes} | std::uint64_t{bytes} << 16U) & 0x0000ffff0000ffff;
    digits = (digits | digits << 8U) & 0x00ff00ff00ff00ff;
    digits = (digits >> 4U & 0x000f000f000f000f) | (digits & 0x000f000f000f000f) << 8U;
    const std::uint64_t letters = (digits + 0x0606060606060606) >> 4U & 0x0101010101010101;
    digits += 0x3030303030303030 + letters * ('a' - '0' - 10);
    std::memcpy(out, &digits, sizeof digits);
    return out + sizeof digits;
}

// 0 to 15, or -1 for what is no hex digit.
inline int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Nothing but digits as write_hex writes them.
inline bool is_lower_hex(std::string_view text) noexcept {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace bursar::server
