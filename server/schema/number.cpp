#include "server/schema/number.hpp"

#include "server/whole_number.hpp"

#include <algorithm>

namespace bursar::server::schema {

namespace {

constexpr std::size_t most_digits = 17;
constexpr std::int64_t most_places = 40;
constexpr std::int64_t longest_integer = 16;
constexpr std::int64_t far = std::int64_t{1} << 40U; // an exponent that no body is long enough to make up for

// The exponent after the 'e', with its sign.
std::int64_t exponent_of(std::string_view text) {
    const bool down = text.starts_with('-');
    if (down || text.starts_with('+'))
        text.remove_prefix(1);
    text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
    const auto value = text.empty() ? 0 : std::min(parse_whole_number<std::int64_t>(text).value_or(far), far);
    return down ? -value : value;
}

// Its digits, of which the last one is worth ten to the `exponent`. Neither end is a zero; empty for zero itself.
struct decimal {
    std::string digits;
    std::int64_t exponent = 0;
};

decimal decimal_of(std::string_view text) {
    decimal out;
    if (const auto e = text.find_first_of("eE"); e != std::string_view::npos) {
        out.exponent = exponent_of(text.substr(e + 1));
        text = text.substr(0, e);
    }
    const auto point = text.find('.');
    out.digits = text.substr(0, point);
    if (point != std::string_view::npos) {
        const auto places = text.substr(point + 1);
        out.digits += places;
        out.exponent -= static_cast<std::int64_t>(places.size());
    }
    const auto end = out.digits.find_last_not_of('0') + 1; // 0 when there is none but zeros
    out.exponent += static_cast<std::int64_t>(out.digits.size() - end);
    out.digits.resize(end);
    out.digits.erase(0, std::min(out.digits.find_first_not_of('0'), out.digits.size()));
    return out;
}

} // namespace

number number_of(std::string_view text) {
    const bool negative = text.starts_with('-');
    auto [digits, exponent] = decimal_of(text.substr(negative ? 1 : 0));
    if (digits.empty())
        return std::int64_t{0};
    const auto size = static_cast<std::int64_t>(digits.size());
    if (exponent >= 0) {
        if (size + exponent > longest_integer)
            return out_of_range{};
        digits.append(static_cast<std::size_t>(exponent), '0');
        const auto value = *parse_whole_number<std::int64_t>(digits);
        if (value > max_integer)
            return out_of_range{};
        return negative ? -value : value;
    }
    const auto places = -exponent;
    if (digits.size() > most_digits || places > most_places)
        return out_of_range{};
    if (size <= places)
        digits.insert(0, static_cast<std::size_t>(places - size + 1), '0');
    digits.insert(digits.size() - static_cast<std::size_t>(places), 1, '.');
    return fraction{(negative ? "-" : "") + digits};
}

} // namespace bursar::server::schema
