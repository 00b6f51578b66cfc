// From HTTP to the service of members and back. The dependencies must outlive the handlers.
#pragma once

#include "handlers/identity/members/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::members {

using server::http::request_context;
using server::http::response;

awaitable<response> get(request_context& context, const dependencies& with);
awaitable<response> list(request_context& context, const dependencies& with);
awaitable<response> patch(request_context& context, const dependencies& with);
awaitable<response> remove(request_context& context, const dependencies& with);

} // namespace bursar::handlers::members
