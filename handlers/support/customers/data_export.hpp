// All that is kept about one customer as the stream of an answer, in memory that does not grow with it: a page is read,
// written, and the next one read when the client has taken that. Between two pages no connection of the database is
// held. No transaction spans the pages: a slow client would hold it for as long as it likes. A stream that cannot be
// finished is cut off before its closing brace, and the connection with it, so it never looks whole.
#pragma once

#include "handlers/support/customers/routes.hpp"
#include "server/http/response.hpp"

#include <memory>

namespace bursar::handlers::customers {

struct export_job {
    const dependencies& with; // must outlive the stream
    uuid org;
    uuid customer;
    std::string request_id; // for the log
    timestamp began;
    std::string itself; // the customer as JSON
    export_seats::seat seat;
};

server::http::body_stream stream_of(std::shared_ptr<export_job> job);

} // namespace bursar::handlers::customers
