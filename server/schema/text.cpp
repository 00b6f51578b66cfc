#include "server/schema/text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

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

namespace {

// White_Space, all of it, and then what is_blank() takes for white space as well.
constexpr std::array<std::string_view, 27> spaces{
    " ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\xC2\x85", "\u00A0", "\u1680",
    "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",   "\u2007", "\u2008",
    "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000",   "\u200B", "\uFEFF"};
constexpr std::size_t white_spaces = spaces.size() - 2;

std::string_view trim(std::string_view text) noexcept {
    const auto* const end = spaces.begin() + white_spaces;
    const auto* at = spaces.begin();
    while (at = std::find_if(spaces.begin(), end, [&](std::string_view s) { return text.starts_with(s); }), at != end)
        text.remove_prefix(at->size());
    while (at = std::find_if(spaces.begin(), end, [&](std::string_view s) { return text.ends_with(s); }), at != end)
        text.remove_suffix(at->size());
    return text;
}

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<std::uint8_t>(c) < 0x80; });
}

// The code point that starts at `at`, which is moved behind it.
char32_t take_code_point(std::string_view text, std::size_t& at) noexcept {
    const auto lead = static_cast<std::uint8_t>(text[at++]);
    const int more = lead < 0xC0 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    char32_t out = more == 0 ? lead : lead & (0x3FU >> static_cast<unsigned>(more));
    for (int i = 0; i < more && at < text.size(); ++i)
        out = out << 6U | (static_cast<std::uint8_t>(text[at++]) & 0x3FU);
    return out;
}

} // namespace

bool is_blank(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto* const at =
            std::find_if(spaces.begin(), spaces.end(), [&](std::string_view s) { return text.starts_with(s); });
        if (at == spaces.end())
            return false;
        text.remove_prefix(at->size());
    }
    return true;
}

bool has_hidden_characters(std::string_view text) noexcept {
    if (is_ascii(text))
        return has_control_characters(text, true);
    for (std::size_t at = 0; at < text.size();) {
        const auto point = take_code_point(text, at);
        if (std::any_of(hidden_characters.begin(), hidden_characters.end(), [&](const auto& range) {
                return range.first <= point && point <= range.last;
            }))
            return true;
    }
    return false;
}

std::string tidy_label(std::string_view text) {
    text = trim(text);
    if (is_ascii(text))
        return std::string{text};
    utf8proc_uint8_t* made = nullptr;
    const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    const auto size = utf8proc_map(
        reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()), &made,
        options);
    const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owned{made, &std::free};
    if (size < 0)
        throw std::bad_alloc{}; // the only failure of well-formed UTF-8
    return std::string{reinterpret_cast<const char*>(made), static_cast<std::size_t>(size)};
}

} // namespace bursar::server::schema
