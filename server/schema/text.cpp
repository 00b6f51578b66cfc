#include "server/schema/text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

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

char32_t take_code_point(std::string_view text, std::size_t& at) noexcept {
    const auto lead = static_cast<std::uint8_t>(text[at++]);
    const int more = lead < 0xC0 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    char32_t out = more == 0 ? lead : lead & (0x3FU >> static_cast<unsigned>(more));
    for (int i = 0; i < more && at < text.size(); ++i)
        out = out << 6U | (static_cast<std::uint8_t>(text[at++]) & 0x3FU);
    return out;
}

namespace {

// What looks like a space: Unicode's Zs, and the blank of Braille.
constexpr std::array<character_range, 8> blanks{
    {{0x20, 0x20},
     {0xA0, 0xA0},
     {0x1680, 0x1680},
     {0x2000, 0x200A},
     {0x202F, 0x202F},
     {0x205F, 0x205F},
     {0x2800, 0x2800},
     {0x3000, 0x3000}}};
// The rest of White_Space.
constexpr std::array<character_range, 3> layout{{{0x09, 0x0D}, {0x85, 0x85}, {0x2028, 0x2029}}};

template <std::size_t N>
bool is_among(const std::array<character_range, N>& ranges, char32_t point) noexcept {
    return std::any_of(ranges.begin(), ranges.end(), [point](const auto& range) {
        return range.first <= point && point <= range.last;
    });
}

bool is_space(char32_t point) noexcept {
    return is_among(blanks, point) || is_among(layout, point);
}

template <class Predicate>
bool any_code_point(std::string_view text, Predicate fits) noexcept {
    for (std::size_t at = 0; at < text.size();)
        if (fits(take_code_point(text, at)))
            return true;
    return false;
}

std::string_view trim(std::string_view text) noexcept {
    std::size_t at = 0;
    while (!text.empty() && is_space(take_code_point(text, at)))
        text.remove_prefix(std::exchange(at, 0));
    while (!text.empty()) {
        auto last = text.size() - 1;
        while (last > 0 && (static_cast<std::uint8_t>(text[last]) & 0xC0U) == 0x80U)
            --last;
        at = last;
        if (!is_space(take_code_point(text, at)))
            break;
        text = text.substr(0, last);
    }
    return text;
}

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<std::uint8_t>(c) < 0x80; });
}

std::string compose(std::string_view text) {
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

} // namespace

bool is_control_character(char32_t point, bool single_line) noexcept {
    if (point >= 0x20 && point < 0x7F)
        return false; // nearly all that is asked for
    if (is_among(layout, point) && point != '\v' && point != '\f')
        return single_line;
    return point <= 0x9F;
}

bool has_control_characters(std::string_view text, bool single_line) noexcept {
    return any_code_point(text, [single_line](char32_t point) { return is_control_character(point, single_line); });
}

bool is_blank(std::string_view text) noexcept {
    return !any_code_point(text, [](char32_t point) { return !is_space(point) && point != 0x200B && point != 0xFEFF; });
}

bool has_hidden_characters(std::string_view text, char32_t from) noexcept {
    return any_code_point(text, [from](char32_t point) { return point >= from && is_among(hidden_characters, point); });
}

bool shows_nothing(char32_t point) noexcept {
    return is_space(point) || is_among(hidden_characters, point);
}

std::string tidy_label(std::string_view text) {
    text = trim(text);
    const auto composed = is_ascii(text) ? std::string{text} : compose(text);
    std::string out;
    out.reserve(composed.size());
    for (std::size_t at = 0; at < composed.size();) {
        const auto start = at;
        if (!is_among(blanks, take_code_point(composed, at)))
            out.append(composed, start, at - start);
        else if (!out.ends_with(' '))
            out += ' ';
    }
    return out;
}

} // namespace bursar::server::schema
