// POST /transfers/batch: up to 10,000 transfers in one request, an answer for each, streamed as they are durable.
// The dependencies must outlive the handler and its answer.
#pragma once

#include "handlers/transfers/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::transfers {

awaitable<server::http::response> create_batch(server::http::request_context& context, const dependencies& with);

} // namespace bursar::handlers::transfers
