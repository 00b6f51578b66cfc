#include "server/schema/check.hpp"

#include "server/schema/near.hpp"
#include "server/schema/number.hpp"
#include "server/schema/text.hpp"
#include "server/time.hpp"
#include "server/uuid.hpp"

#include <algorithm>

namespace bursar::server::schema {

namespace {

// "1 to 200 characters", "at least 1 character", "at most 200 characters"
std::string span_of(std::size_t min, std::size_t max, std::string_view noun) {
    const auto plural = [&](std::size_t n) {
        std::string out = std::to_string(n) + " ";
        out += noun;
        if (n != 1)
            out += 's';
        return out;
    };
    if (max == std::numeric_limits<std::size_t>::max())
        return "at least " + plural(min);
    if (min == 0)
        return "at most " + plural(max);
    if (min == max)
        return "exactly " + plural(min);
    return std::to_string(min) + " to " + plural(max);
}

// A code point of normal form C comes of three at most.
constexpr std::size_t most_decomposed = 3;

void read_string(const constraints& rules, std::string_view text, void* out, faults& wrong);

void read_label(constraints rules, std::string_view text, void* out, faults& wrong) {
    // Those of ASCII are white space around the name, or reported as in any single line.
    if (has_hidden_characters(text, 0x80))
        return wrong.add("must not contain characters that show nothing or change the direction of text");
    rules.label = false;
    if (rules.has_length && count_code_points(text) > most_decomposed * rules.text.max)
        return read_string(rules, text, out, wrong);
    read_string(rules, tidy_label(text), out, wrong);
}

void read_string(const constraints& rules, std::string_view text, void* out, faults& wrong) {
    if (rules.label)
        return read_label(rules, text, out, wrong);
    const auto size = count_code_points(text);
    if (rules.has_length && (size < rules.text.min || size > rules.text.max))
        return wrong.add("must be " + span_of(rules.text.min, rules.text.max, "character") + " long");
    if (rules.not_blank && is_blank(text))
        return wrong.add("must not be blank");
    if (has_control_characters(text, rules.single_line))
        return wrong.add(
            rules.single_line ? "must be a single line without control characters"
                              : "must not contain control characters other than tab and line breaks");
    if (rules.format && !rules.format->accepts(text))
        return wrong.add("must be " + std::string{rules.format->requirement});
    *static_cast<std::string*>(out) = text;
}

range bounds_of(const constraints& rules) noexcept {
    return rules.has_range ? rules.integer : range{-max_integer, max_integer};
}

std::string one_of(const std::vector<std::string_view>& names) {
    std::string out = names.size() == 1 ? "must be " : "must be one of ";
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0)
            out += ", ";
        out += names[i];
    }
    return out;
}

} // namespace

void read_text(const type& what, const constraints& rules, std::string_view text, void* out, faults& wrong) {
    switch (what.kind) {
    case type_kind::string: return read_string(rules, text, out, wrong);
    case type_kind::uuid: {
        const auto id = uuid::parse(text);
        if (!id)
            return wrong.add("must be a UUID");
        *static_cast<uuid*>(out) = *id;
        return;
    }
    case type_kind::timestamp: {
        const auto at = parse_rfc3339(text);
        if (!at)
            return wrong.add("must be a time as in RFC 3339, for example 2026-11-21T09:30:00Z");
        if (!is_within_bounds(*at))
            return wrong.add("must be of the years 1900 to 9999");
        if (rules.horizon && *at > now() + rules.horizon->most)
            return wrong.add("must lie at most " + std::string{rules.horizon->text} + " ahead");
        *static_cast<timestamp*>(out) = *at;
        return;
    }
    default: {
        const auto found = std::find(what.names.begin(), what.names.end(), text);
        if (found == what.names.end())
            return wrong.add(one_of(what.names));
        what.set(out, static_cast<std::size_t>(found - what.names.begin()));
    }
    }
}

void read_integer(const constraints& rules, std::int64_t value, void* out, faults& wrong) {
    const auto within = bounds_of(rules);
    if (value < within.min || value > within.max)
        return refuse_integer(rules, true, wrong);
    *static_cast<std::int64_t*>(out) = value;
}

void refuse_integer(const constraints& rules, bool out_of_range, faults& wrong) {
    const auto within = bounds_of(rules);
    if (out_of_range)
        wrong.add("must be an integer from " + std::to_string(within.min) + " to " + std::to_string(within.max));
    else
        wrong.add(
            rules.minor_units
                ? "must be a whole number of the currency's smallest unit: 1250 for 12.50 of a currency with "
                  "two decimal places"
                : "must be an integer");
}

void refuse_name(const type& what, std::string_view name, std::string_view noun, faults& wrong) {
    if (!wrong.full())
        wrong.add("is not a known " + std::string{noun} + suggestion(what, name));
}

void check_count(const constraints& rules, std::size_t count, faults& wrong) {
    if (rules.has_items && (count < rules.count.min || count > rules.count.max))
        wrong.add("must have " + span_of(rules.count.min, rules.count.max, "element"));
}

} // namespace bursar::server::schema
