// Fields of an imported row as values. What is wrong is added to the row's faults, under the name of its column.
#pragma once

#include "handlers/ledger/imports/table.hpp"
#include "server/time.hpp"

#include <optional>

namespace bursar::handlers::imports {

// A row being read: notes faults with its line.
class row_reader {
public:
    row_reader(const table& from, std::span<const column> columns, faults& found)
        : from_(from)
        , columns_(columns)
        , found_(found)
        , before_(found.size()) {}

    bool fine() const noexcept { return found_.size() == before_; }
    void refuse(std::size_t column, std::string_view why);

    // Well-formed text of 1 to `most` code points without control characters; empty is for optional columns.
    std::string text(std::size_t column, std::size_t most);
    // A name or a code: the same, as schema::label has it.
    std::string label(std::size_t column, std::size_t most);
    // Visible ASCII.
    std::string reference(std::size_t column, std::size_t most);
    // RFC 3339, or a date, which is its midnight in UTC.
    std::optional<server::timestamp> time(std::size_t column);
    // In any spelling that JSON has for it.
    std::optional<std::int64_t> integer(std::size_t column, std::int64_t least, std::int64_t most);

private:
    // Whether there is something to read; nothing in a column that must not be empty is a fault.
    bool present(std::size_t column);

    const table& from_;
    std::span<const column> columns_;
    faults& found_;
    std::size_t before_;
};

} // namespace bursar::handlers::imports
