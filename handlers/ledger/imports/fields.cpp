#include "handlers/ledger/imports/fields.hpp"

#include "server/schema/declare.hpp"
#include "server/schema/number.hpp"
#include "server/schema/text.hpp"

#include <algorithm>

namespace bursar::handlers::imports {

namespace schema = server::schema;

namespace {

// Cuts the digits off that `text` starts with. False when there are none.
bool take_digits(std::string_view& text) noexcept {
    const auto count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count > 0;
}

// A number as JSON writes it, with zeros in front of it if need be.
bool is_number(std::string_view text) noexcept {
    if (text.starts_with('-'))
        text.remove_prefix(1);
    if (!take_digits(text))
        return false;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (!take_digits(text))
            return false;
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-'))
            text.remove_prefix(1);
        return take_digits(text) && text.empty();
    }
    return text.empty();
}

// By its value, as the API takes it: 7, 7.0 and 70e-1 are one.
std::optional<std::int64_t> whole_number(std::string_view text) {
    if (!is_number(text))
        return std::nullopt;
    const auto read = schema::number_of(text);
    const auto* whole = std::get_if<std::int64_t>(&read);
    return whole == nullptr ? std::nullopt : std::optional{*whole};
}

} // namespace

void row_reader::refuse(std::size_t column, std::string_view why) {
    std::string what{columns_[column].name};
    found_.push_back({from_.line(), what.append(" ").append(why)});
}

bool row_reader::present(std::size_t column) {
    if (!from_[column].empty())
        return true;
    if (columns_[column].required)
        refuse(column, "is empty");
    return false;
}

std::string row_reader::text(std::size_t column, std::size_t most) {
    const auto given = from_[column];
    if (!present(column))
        return {};
    if (!schema::is_utf8(given) || schema::has_control_characters(given, true))
        refuse(column, "holds what is no text of one line in UTF-8");
    else if (schema::is_blank(given))
        refuse(column, "is blank");
    else if (schema::count_code_points(given) > most)
        refuse(column, "is longer than " + std::to_string(most) + " characters");
    return std::string{given};
}

std::string row_reader::label(std::size_t column, std::size_t most) {
    const auto before = found_.size();
    auto given = text(column, 3 * most); // before it is composed
    if (given.empty() || found_.size() > before)
        return given;
    if (schema::has_hidden_characters(given))
        refuse(column, "holds characters that show nothing or change the direction of text");
    auto out = schema::tidy_label(given);
    if (schema::count_code_points(out) > most)
        refuse(column, "is longer than " + std::to_string(most) + " characters");
    return out;
}

std::string row_reader::reference(std::size_t column, std::size_t most) {
    const auto given = from_[column];
    if (!present(column))
        return {};
    if (!schema::formats::is_visible_ascii(given) || given.size() > most)
        refuse(column, "must be 1 to " + std::to_string(most) + " visible ASCII characters without spaces");
    return std::string{given};
}

std::optional<server::timestamp> row_reader::time(std::size_t column) {
    std::string given{from_[column]};
    if (!present(column))
        return std::nullopt;
    if (given.size() == 10)
        given += "T00:00:00Z";
    const auto at = server::parse_rfc3339(given);
    if (!at)
        refuse(column, "must be a time such as 2026-01-31T12:00:00Z, or a date");
    if (!at || server::is_within_bounds(*at))
        return at;
    refuse(column, "must be of the years 1900 to 9999");
    return std::nullopt;
}

std::optional<std::int64_t> row_reader::integer(std::size_t column, std::int64_t least, std::int64_t most) {
    const auto given = from_[column];
    if (!present(column))
        return std::nullopt;
    const auto value = whole_number(given);
    if (value && *value >= least && *value <= most)
        return value;
    refuse(column, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
}

} // namespace bursar::handlers::imports
