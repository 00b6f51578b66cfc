#include "handlers/ledger/statements/amounts.hpp"

#include "handlers/ledger/currencies.hpp"

namespace bursar::handlers::statements {

int decimal_places(std::string_view currency, std::optional<std::int16_t> asset_exponent) noexcept {
    return iso_exponent(currency).value_or(asset_exponent.value_or(0));
}

void append_amount(std::string& out, std::int64_t amount, int places) {
    auto digits = std::to_string(amount);
    if (amount < 0) {
        digits.erase(0, 1);
        out += "\u2212";
    }
    const auto fraction = static_cast<std::size_t>(places);
    if (digits.size() <= fraction)
        digits.insert(0, fraction + 1 - digits.size(), '0');
    const auto whole = digits.size() - fraction;
    for (std::size_t i = 0; i < whole; ++i) {
        if (i > 0 && (whole - i) % 3 == 0)
            out += ',';
        out += digits[i];
    }
    if (fraction > 0)
        out.append(".").append(digits, whole);
}

} // namespace bursar::handlers::statements
