// Rates of conversions: what one unit of the base currency is in the quote currency, both in major units (1 EUR, not
// 1 cent), as a decimal text. Exact: no floating point anywhere. Pure.
#pragma once

#include "server/schema/declare.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bursar::handlers::transfers {

// Above zero, with at most 18 digits before the point and 18 behind it.
bool is_exchange_rate(std::string_view text) noexcept;

inline constexpr server::schema::format exchange_rate{
    {},
    R"(^(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?$)",
    "a decimal above 0 with at most 18 digits before the point and 18 behind it",
    is_exchange_rate};

// An amount above zero, in minor units of a currency with so many decimal places.
struct money {
    std::int64_t amount = 0;
    int exponent = 0;
};

// Whether `quote` is `base` at the rate, but for less than one minor unit: however it was rounded.
bool agrees(std::string_view rate, money base, money quote);

// The rate that makes `quote` of `base`, to 18 significant digits.
std::string rate_between(money base, money quote);

} // namespace bursar::handlers::transfers
