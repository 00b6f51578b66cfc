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

// U+0000 to U+001F and U+007F to U+009F, line ends and tab excepted unless `single_line`: no line end is fine then,
// U+2028 and U+2029 included. Of well-formed UTF-8.
bool is_control_character(char32_t point, bool single_line) noexcept;
bool has_control_characters(std::string_view text, bool single_line) noexcept;

// Empty, or nothing but Unicode White_Space, U+200B, U+2800 and U+FEFF: what the regular expression class
// [\s\u0085\u200B\u2800\uFEFF] matches, which is how the OpenAPI document says it.
bool is_blank(std::string_view text) noexcept;

struct character_range {
    char32_t first;
    char32_t last;
};

// What a name must not hold: controls, line ends, what is invisible without being a space, and what turns the direction
// of the text around it. Unicode 15: Cc, Zl, Zp, Bidi_Control, Default_Ignorable_Code_Point,
// Noncharacter_Code_Point, and U+1D159, a note without a head.
inline constexpr std::array<character_range, 39> hidden_characters{{
    {0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x034F, 0x034F},     {0x061C, 0x061C},
    {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},     {0x2028, 0x202E},
    {0x2060, 0x206F},   {0x3164, 0x3164},   {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F},     {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},   {0x13430, 0x1343F},   {0x1BCA0, 0x1BCA3},
    {0x1D159, 0x1D159}, {0x1D173, 0x1D17A}, {0x1FFFE, 0x1FFFF}, {0x2FFFE, 0x2FFFF},   {0x3FFFE, 0x3FFFF},
    {0x4FFFE, 0x4FFFF}, {0x5FFFE, 0x5FFFF}, {0x6FFFE, 0x6FFFF}, {0x7FFFE, 0x7FFFF},   {0x8FFFE, 0x8FFFF},
    {0x9FFFE, 0x9FFFF}, {0xAFFFE, 0xAFFFF}, {0xBFFFE, 0xBFFFF}, {0xCFFFE, 0xCFFFF},   {0xDFFFE, 0xDFFFF},
    {0xE0000, 0xE0FFF}, {0xEFFFE, 0xEFFFF}, {0xFFFFE, 0xFFFFF}, {0x10FFFE, 0x10FFFF},
}};
// Of well-formed UTF-8, from a code point on.
bool has_hidden_characters(std::string_view text, char32_t from = 0) noexcept;

// One of those, white space, or the blank of Braille (U+2800): nobody sees it.
bool shows_nothing(char32_t point) noexcept;

// The code point that starts at `at`, which is moved behind it, by a byte at least. Of well-formed UTF-8.
char32_t take_code_point(std::string_view text, std::size_t& at) noexcept;

// A name as it is kept: without Unicode White_Space around it, in normal form C (https://unicode.org/reports/tr15/),
// and with one space in place of all that look like spaces and stand together. Of well-formed UTF-8 of a bounded
// length: the time is that of its square.
std::string tidy_label(std::string_view text);

} // namespace bursar::server::schema
