#include "server/schema/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace bursar::server::schema {

namespace {

// Length of the sequence that starts at `at`, 0 when it is not well-formed.
std::size_t sequence_length(std::string_view text, std::size_t at) noexcept {
    const auto byte = [&](std::size_t i) -> std::uint8_t {
        return at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : std::uint8_t{0};
    };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const auto lead = byte(0);
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return tail(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const auto second = byte(1);
        const bool narrow = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F);
        return tail(1) && tail(2) && !narrow ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const auto second = byte(1);
        const bool narrow = (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
        return tail(1) && tail(2) && tail(3) && !narrow ? 4 : 0;
    }
    return 0;
}

} // namespace

std::size_t valid_utf8_prefix(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto length = sequence_length(text, at);
        if (length == 0)
            return at;
        at += length;
    }
    return at;
}

std::size_t count_code_points(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0U) != 0x80U; }));
}

bool has_control_characters(std::string_view text, bool single_line) noexcept {
    return std::any_of(text.begin(), text.end(), [&](char c) {
        const auto byte = static_cast<std::uint8_t>(c);
        const bool layout = c == '\t' || c == '\n' || c == '\r';
        return (byte < 0x20 && (single_line || !layout)) || byte == 0x7F;
    });
}

bool is_blank(std::string_view text) noexcept {
    static constexpr std::array<std::string_view, 27> spaces{
        " ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\xC2\x85", "\u00A0", "\u1680",
        "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",   "\u2007", "\u2008",
        "\u2009", "\u200A", "\u200B", "\u2028", "\u2029", "\u202F", "\u205F",   "\u3000", "\uFEFF"};
    while (!text.empty()) {
        const auto* const at =
            std::find_if(spaces.begin(), spaces.end(), [&](std::string_view s) { return text.starts_with(s); });
        if (at == spaces.end())
            return false;
        text.remove_prefix(at->size());
    }
    return true;
}

} // namespace bursar::server::schema
