// Comma-separated values as RFC 4180 has them, with LF or CRLF.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::server {

// Reads a text that outlives the reader. Empty lines are passed over, and so are byte order marks, which stand wherever
// files were put together. A record that breaks the rules is malformed, and the next one starts on the next line.
class csv_reader {
public:
    enum class outcome { record, malformed, end };

    // From a position and line that an earlier reader of the same text stood at, or from its start.
    explicit csv_reader(std::string_view text, std::size_t position = 0, std::int64_t line = 1) noexcept;

    outcome next();

    // Of the record that next() read. The views hold until the next call.
    const std::vector<std::string_view>& fields() const noexcept { return fields_; }
    std::int64_t line() const noexcept { return line_; } // where it starts, from 1
    std::string_view fault() const noexcept { return fault_; }

    // Behind what was read.
    std::size_t position() const noexcept { return position_; }
    std::int64_t next_line() const noexcept { return next_line_; }

private:
    bool take_line_end() noexcept;
    void pass_marks() noexcept;
    void keep(std::string_view field);
    bool read_plain();
    bool read_quoted();
    outcome refuse(std::string_view why) noexcept;

    std::string_view text_;
    std::size_t position_;
    std::int64_t line_ = 0;
    std::int64_t next_line_;
    std::vector<std::string_view> fields_;
    std::deque<std::string> unescaped_; // fields that were not kept as they stand; a deque, so that views stay
    std::string_view fault_;
};

// Appends a field that others have written. What a spreadsheet would take for a formula, at the start or wherever it
// might see a cell begin (after a comma, a semicolon, a bar or a quote of any script, a control, the end of a line, and
// whatever is not seen behind it), has an apostrophe in front (https://owasp.org/www-community/attacks/CSV_Injection).
void append_csv_text(std::string& out, std::string_view text);

} // namespace bursar::server
