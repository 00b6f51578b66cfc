// From HTTP to the service of customers and back. The dependencies must outlive the handlers.
#pragma once

#include "handlers/support/customers/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::customers {

using server::http::request_context;
using server::http::response;

awaitable<response> create(request_context& context, const dependencies& with);
awaitable<response> get(request_context& context, const dependencies& with);
awaitable<response> list(request_context& context, const dependencies& with);
awaitable<response> patch(request_context& context, const dependencies& with);
awaitable<response> remove(request_context& context, const dependencies& with);
awaitable<response> export_data(request_context& context, const dependencies& with);
awaitable<response> erase(request_context& context, const dependencies& with);

} // namespace bursar::handlers::customers
