// What the schema asks of a piece of text. Pure functions over bytes; nothing here allocates or fails otherwise than
// by its return value.
#pragma once

#include <cstddef>
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

} // namespace bursar::server::schema
