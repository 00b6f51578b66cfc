// From HTTP to the periods' service and back.
#pragma once

#include "handlers/ledger/periods/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::periods {

using server::http::request_context;
using server::http::response;

awaitable<response> close(request_context& context, const dependencies& with);
awaitable<response> get(request_context& context, const dependencies& with);
awaitable<response> list(request_context& context, const dependencies& with);

} // namespace bursar::handlers::periods
