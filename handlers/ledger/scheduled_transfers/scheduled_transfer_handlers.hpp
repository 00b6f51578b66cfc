// From HTTP to the scheduled transfers' service and back.
#pragma once

#include "handlers/ledger/scheduled_transfers/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::scheduled_transfers {

using server::http::request_context;
using server::http::response;

awaitable<response> create(request_context& context, const dependencies& with);
awaitable<response> get(request_context& context, const dependencies& with);
awaitable<response> list(request_context& context, const dependencies& with);
awaitable<response> cancel(request_context& context, const dependencies& with);

} // namespace bursar::handlers::scheduled_transfers
