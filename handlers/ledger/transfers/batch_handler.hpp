// POST /transfers/batch: up to 10,000 transfers in one request, an answer for each, streamed as they are durable.
// Written in pieces of 500. When the database failed at all of the first one, or none was tried, that is the answer to
// the whole (503, or OUTCOME_UNKNOWN where it is not known of one); later the status is sent, and each member has its
// own. What comes behind a piece with such a failure is not tried: the same request, repeated, goes on from there. The
// dependencies must outlive the handler and its answer.
#pragma once

#include "handlers/ledger/transfers/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::transfers {

awaitable<server::http::response> create_batch(server::http::request_context& context, const dependencies& with);

} // namespace bursar::handlers::transfers
