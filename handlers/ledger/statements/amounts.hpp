// Amounts for people to read: an integer of smallest units as a decimal number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::handlers::statements {

// Decimal places of a currency: of ISO 4217, or else of the organization's asset; 0 where neither knows.
int decimal_places(std::string_view currency, std::optional<std::int16_t> asset_exponent) noexcept;

// 1234567 with two places is 12,345.67. A negative number begins with a minus sign (U+2212).
void append_amount(std::string& out, std::int64_t amount, int places);

} // namespace bursar::handlers::statements
