// What the schema asks of a piece of text. Pure functions over bytes; nothing here but tidy_label allocates, or fails
// otherwise than by its return value.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace bursar::server::schema {

// How many leading bytes are well-formed UTF-8 (Unicode 15, table 3-7: no surrogates, no overlong forms, nothing above
// U+10FFFF). Equal to text.size() when all of it is.
std::size_t valid_utf8_prefix(std::string_view text) noexcept;
inline bool is_utf8(std::string_view text) noexcept {
    return valid_utf8_prefix(text) == text.size();
}

// Unicode code points of well-formed UTF-8.
std::size_t count_code_points(std::string_view text) noexcept;

// U+0000 to U+001F and U+007F, tab, line feed and carriage return excepted unless `single_line`.
bool has_control_characters(std::string_view text, bool single_line) noexcept;

// Empty, or nothing but Unicode White_Space, U+200B and U+FEFF: what the regular expression class [\s\u200B\uFEFF]
// matches, which is how the OpenAPI document says it.
bool is_blank(std::string_view text) noexcept;

struct character_range {
    char32_t first;
    char32_t last;
};

// What a name must not hold: controls, line ends, what is invisible without being a space, and what turns the direction
// of the text around it. Unicode 15: Cc, Zl, Zp, Bidi_Control and Default_Ignorable_Code_Point.
inline constexpr std::array<character_range, 20> hidden_characters{{
    {0x0000, 0x001F}, {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C},
    {0x115F, 0x1160}, {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F}, {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
}};
// Of well-formed UTF-8.
bool has_hidden_characters(std::string_view text) noexcept;

// A name as it is kept: without Unicode White_Space around it, and in normal form C
// (https://unicode.org/reports/tr15/). Of well-formed UTF-8 of a bounded length: the time is that of its square.
std::string tidy_label(std::string_view text);

} // namespace bursar::server::schema
