// A whole statement as the stream of an answer, in memory that does not grow with it: a page is read, made into text on
// the thread pool and written; the next is read when the client has taken that. Between two pages no connection of the
// database is held, so a slow client holds up nobody. No transaction spans the pages: they end with the entry that the
// first look found, and entries do not change. The statement is added up on its way; one that does not come out at its
// closing balance is cut off like any other failure, and never looks whole.
#pragma once

#include "handlers/ledger/statements/forms.hpp"
#include "handlers/ledger/statements/routes.hpp"
#include "server/http/response.hpp"

#include <memory>

namespace bursar::handlers::statements {

struct export_job {
    const dependencies& with; // must outlive the stream
    form how;
    uuid org;
    std::string request_id; // for the log
    opened_statement statement;
    page<statement_line> lines; // the first, read before the answer began
    export_seats::seat seat;
};

server::http::body_stream stream_of(std::shared_ptr<export_job> job);

} // namespace bursar::handlers::statements
