// A file of comma-separated values whose first record names its columns, in any order, and the faults found in it.
#pragma once

#include "server/csv.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::handlers::imports {

struct fault {
    std::int64_t line; // from 1
    std::string what;
};
using faults = std::vector<fault>;

struct column {
    std::string_view name;
    bool required = true; // in the header; whether its fields may be empty is for the row's reader
};

class table {
public:
    // Reads the header. What is wrong with it is a fault of line 1, and then there are no rows.
    table(std::string_view text, std::span<const column> columns, faults& found);

    // Where an earlier reader of the same text stood.
    void go_to(std::int64_t position, std::int64_t line);

    // The next row, or false at the end. Malformed rows become faults and are passed over.
    bool next(faults& found);

    // By the place in `columns`; empty when the file has no such column.
    std::string_view operator[](std::size_t column) const { return places_[column] ? fields()[*places_[column]] : ""; }
    std::int64_t line() const noexcept { return reader_.line(); }

    // Behind the row.
    std::int64_t position() const noexcept { return static_cast<std::int64_t>(reader_.position()); }
    std::int64_t next_line() const noexcept { return reader_.next_line(); }

private:
    const std::vector<std::string_view>& fields() const noexcept { return reader_.fields(); }
    void read_header(std::span<const column> columns, faults& found);

    std::string_view text_;
    server::csv_reader reader_;
    std::vector<std::optional<std::size_t>> places_;
    std::size_t width_ = 0; // 0: the header is wrong
};

} // namespace bursar::handlers::imports
