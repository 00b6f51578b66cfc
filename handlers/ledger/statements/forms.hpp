// The forms in which a whole statement leaves as a stream of text: CSV, NDJSON, a page to print. Each is made piece by
// piece and knows nothing of where the pieces go; they may be made on any thread.
#pragma once

#include "handlers/ledger/statements/service.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bursar::handlers::statements {

// Of the lines of a whole statement.
struct statement_totals {
    std::int64_t in = 0;
    std::int64_t out = 0;
    std::int64_t lines = 0;
};

struct form {
    std::string_view media_type; // as a route declares it
    std::string headers;         // of the answer, complete lines
    std::string_view extension;  // of the file that a browser saves; empty: it shows the form
    void (*begin)(std::string& out, const opened_statement& what);
    void (*lines)(std::string& out, const opened_statement& what, const std::vector<statement_line>& some);
    void (*end)(std::string& out, const opened_statement& what, const statement_totals& totals);
};

// RFC 4180 with a header: a row for the opening balance, one for each line, one for the closing balance. Amounts are
// integers of smallest units. What a spreadsheet would take for a formula has an apostrophe in front (server/csv.hpp).
form csv();

// One JSON object a line: {"type":"opening",…}, {"type":"line",…} …, {"type":"closing",…}.
form ndjson();

// A page that needs nothing else, for the screen and for paper: decimal amounts, times in UTC. Its policy lets a
// browser apply its own style and nothing more.
form html_page();

} // namespace bursar::handlers::statements
