// What is more than one call of the service. The dependencies must outlive the handlers.
#pragma once

#include "handlers/support/customers/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::customers {

using server::http::request_context;
using server::http::response;

awaitable<response> export_data(request_context& context, const dependencies& with, uuid id);

} // namespace bursar::handlers::customers
