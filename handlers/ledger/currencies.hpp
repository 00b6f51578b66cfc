// The currencies and funds of ISO 4217, list one, as it stands since 1 January 2026 (with amendment 180: no more lev).
// An amount is an integer in the smallest unit of its currency; the exponent says how many decimal places that is.
#pragma once

#include "server/schema/declare.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bursar::handlers {

// In list one, whether it has a minor unit or not.
bool is_iso_currency(std::string_view code) noexcept;

// Decimal places of the minor unit: 0 to 4. nullopt for what is not in list one, and for what has no minor unit there:
// metals, composite units, the codes for tests and for no currency at all.
std::optional<int> iso_exponent(std::string_view code) noexcept;

// Of the smallest unit of a currency, which may be an asset of the organization. nullopt: it has none.
inline std::optional<int> exponent_of(std::string_view code, std::optional<std::int16_t> of_asset) noexcept {
    const auto iso = iso_exponent(code);
    return iso || !of_asset ? iso : std::optional<int>{*of_asset};
}

struct iso_currency {
    std::string_view code;
    std::optional<int> exponent; // none: it has no minor unit
};

// All of them, by code.
std::vector<iso_currency> iso_currencies();

// What can stand for a currency or an asset: the database knows it too, as assets_code_form and accounts_currency_form.
bool is_asset_code(std::string_view code) noexcept;

inline constexpr server::schema::format asset_code{
    {},
    "^[A-Z][A-Z0-9_]{2,11}$",
    "3 to 12 characters: a capital letter, then capital letters, digits and '_'",
    is_asset_code};

} // namespace bursar::handlers
