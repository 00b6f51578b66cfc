#include "handlers/ledger/transfers/exchange_rate.hpp"

#include <boost/multiprecision/cpp_int.hpp>

#include <algorithm>

namespace bursar::handlers::transfers {

namespace {

namespace multiprecision = boost::multiprecision;

// Of any size. Without expression templates, which clang-tidy 14 takes for dangling references.
using integer = multiprecision::number<multiprecision::cpp_int_backend<>, multiprecision::et_off>;

constexpr int most_digits = 18; // on either side of the point

integer power_of_ten(int exponent) {
    return multiprecision::pow(integer{10}, static_cast<unsigned>(exponent));
}

// A decimal as digits / 10^scale.
struct decimal {
    integer digits;
    int scale = 0;
};

decimal read(std::string_view text) {
    decimal out;
    const auto point = text.find('.');
    for (const char c : text)
        if (c != '.')
            out.digits = out.digits * 10 + (c - '0');
    if (point != std::string_view::npos)
        out.scale = static_cast<int>(text.size() - point - 1);
    return out;
}

bool are_digits(std::string_view text) noexcept {
    return !text.empty() && text.size() <= std::size_t{most_digits} &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

bool is_exchange_rate(std::string_view text) noexcept {
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    if (!are_digits(whole) || (whole.size() > 1 && whole.front() == '0'))
        return false;
    return (point == std::string_view::npos || are_digits(text.substr(point + 1))) &&
           text.find_first_of("123456789") != std::string_view::npos;
}

bool agrees(std::string_view rate, money base, money quote) {
    const auto factor = read(rate);
    // In minor units of the quote currency, times `unit`.
    const integer unit = power_of_ten(factor.scale + base.exponent);
    const integer wanted = base.amount * factor.digits * power_of_ten(quote.exponent);
    return abs(wanted - quote.amount * unit) < unit;
}

std::string rate_between(money base, money quote) {
    const integer over = quote.amount * power_of_ten(base.exponent);
    const integer under = base.amount * power_of_ten(quote.exponent);
    const integer significant = power_of_ten(most_digits - 1);
    int scale = 0;
    integer scaled = over;
    while (scaled < under * significant) {
        scaled *= 10;
        ++scale;
    }
    integer rounded = (2 * scaled + under) / (2 * under);
    for (; scale > 0 && rounded % 10 == 0; --scale)
        rounded /= 10;
    auto text = rounded.str();
    if (scale == 0)
        return text;
    const auto places = static_cast<std::size_t>(scale);
    if (text.size() <= places)
        text.insert(0, places + 1 - text.size(), '0');
    return text.insert(text.size() - places, 1, '.');
}

} // namespace bursar::handlers::transfers
