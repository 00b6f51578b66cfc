#include "handlers/ledger/imports/table.hpp"

#include <algorithm>

namespace bursar::handlers::imports {

using server::csv_reader;

table::table(std::string_view text, std::span<const column> columns, faults& found)
    : text_(text)
    , reader_(text)
    , places_(columns.size()) {
    const auto before = found.size();
    read_header(columns, found);
    if (found.size() > before)
        width_ = 0;
}

void table::read_header(std::span<const column> columns, faults& found) {
    if (reader_.next() != csv_reader::outcome::record) {
        found.push_back({1, "there is no header"});
        return;
    }
    width_ = fields().size();
    for (std::size_t i = 0; i < width_; ++i) {
        const auto name = fields()[i];
        const auto known =
            std::find_if(columns.begin(), columns.end(), [&](const column& c) { return c.name == name; });
        if (known == columns.end()) {
            found.push_back({reader_.line(), "there is no column \"" + std::string{name} + "\""});
            continue;
        }
        auto& place = places_[static_cast<std::size_t>(known - columns.begin())];
        if (place)
            found.push_back({reader_.line(), "column " + std::string{name} + " stands twice"});
        place = i;
    }
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (columns[i].required && !places_[i])
            found.push_back({reader_.line(), "column " + std::string{columns[i].name} + " is missing"});
}

void table::go_to(std::int64_t position, std::int64_t line) {
    if (position > 0)
        reader_ = csv_reader{text_, static_cast<std::size_t>(position), line};
}

bool table::next(faults& found) {
    while (width_ > 0) {
        const auto what = reader_.next();
        if (what == csv_reader::outcome::end)
            return false;
        if (what == csv_reader::outcome::malformed)
            found.push_back({line(), std::string{reader_.fault()}});
        else if (fields().size() != width_)
            found.push_back(
                {line(), "has " + std::to_string(fields().size()) + " fields in place of " + std::to_string(width_)});
        else
            return true;
    }
    return false;
}

} // namespace bursar::handlers::imports
