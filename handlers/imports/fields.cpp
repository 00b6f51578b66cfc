#include "handlers/imports/fields.hpp"

#include "server/schema/declare.hpp"
#include "server/schema/text.hpp"
#include "server/whole_number.hpp"

namespace bursar::handlers::imports {

namespace schema = server::schema;

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
    const auto value = server::parse_whole_number<std::int64_t>(given);
    if (value && *value >= least && *value <= most)
        return value;
    refuse(column, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
}

} // namespace bursar::handlers::imports
