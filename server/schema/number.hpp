// A number of JSON by its value, however it is spelt: 100, 100.0 and 1e2 are one integer (RFC 8259 section 6 says how a
// number is written and leaves what it is worth to the reader).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace bursar::server::schema {

inline constexpr std::int64_t max_integer = (std::int64_t{1} << 53U) - 1; // what every JSON reader holds exactly

// A number that is not whole: decimal, without exponent and without zeros at its end, as PostgreSQL's jsonb shows it.
// At most 17 significant digits, which is what a double tells apart (RFC 7493 section 2.2), and 40 decimal places.
struct fraction {
    std::string text;
};

// Beyond max_integer, or with more digits than a fraction has.
struct out_of_range {};

using number = std::variant<std::int64_t, fraction, out_of_range>;

// `text` is a number by the grammar of RFC 8259.
number number_of(std::string_view text);

} // namespace bursar::server::schema
