// The number that a whole text is, in decimal digits; a minus only for a type that has a sign. nullopt for any other
// text and for what the type does not hold. absl::SimpleAtoi takes blanks and a plus as well, and so is not asked.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace bursar::server {

template <class Number>
std::optional<Number> parse_whole_number(std::string_view text) noexcept {
    Number value{};
    const auto* const end = text.data() + text.size();
    const auto [stopped, failed] = std::from_chars(text.data(), end, value);
    return failed == std::errc{} && stopped == end ? std::optional{value} : std::nullopt;
}

} // namespace bursar::server
