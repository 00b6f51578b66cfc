// From HTTP to the service of organizations and back. The dependencies must outlive the handlers.
#pragma once

#include "handlers/identity/organizations/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::organizations {

using server::http::request_context;
using server::http::response;

awaitable<response> sign_up(request_context& context, const dependencies& with);
awaitable<response> get(request_context& context, const dependencies& with);
awaitable<response> patch(request_context& context, const dependencies& with);

} // namespace bursar::handlers::organizations
