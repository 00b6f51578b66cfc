// From HTTP to the service of assets and back. The dependencies must outlive the handlers.
#pragma once

#include "handlers/ledger/assets/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::assets {

using server::http::request_context;
using server::http::response;

awaitable<response> get(request_context& context, const dependencies& with);
awaitable<response> list_currencies(request_context& context);

} // namespace bursar::handlers::assets
