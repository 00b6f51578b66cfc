// The classes of characters that the gate tells apart (RFC 9110 section 5.6, RFC 9112 section 3).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace bursar::server::http {

enum : std::uint8_t { token_char = 1, value_char = 2, target_char = 4, host_char = 8 };

constexpr std::array<std::uint8_t, 256> classify_characters() {
    std::array<std::uint8_t, 256> table{};
    for (std::size_t c = 0; c < table.size(); ++c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        std::uint8_t bits = 0;
        if (letter ||
            (c < 0x80 && std::string_view{"!#$%&'*+-.^_`|~"}.find(static_cast<char>(c)) != std::string_view::npos))
            bits |= token_char;
        if (c == '\t' || (c >= 0x20 && c != 0x7F))
            bits |= value_char;
        if (c > 0x20 && c < 0x7F && c != '#')
            bits |= target_char;
        // unreserved and sub-delims (RFC 3986 section 2); a percent-encoded byte is looked at by who reads the host.
        if (letter ||
            (c < 0x80 && std::string_view{"-._~!$&'()*+,;="}.find(static_cast<char>(c)) != std::string_view::npos))
            bits |= host_char;
        table[c] = bits;
    }
    return table;
}

inline constexpr auto character_classes = classify_characters();

inline bool is(char c, std::uint8_t wanted) noexcept {
    return (character_classes[static_cast<unsigned char>(c)] & wanted) != 0;
}

} // namespace bursar::server::http
