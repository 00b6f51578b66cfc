// From HTTP to the service of tickets and back. The dependencies must outlive the handlers.
#pragma once

#include "handlers/support/tickets/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::tickets {

using server::http::request_context;
using server::http::response;

awaitable<response> create(request_context& context, const dependencies& with);
awaitable<response> get(request_context& context, const dependencies& with);
awaitable<response> list(request_context& context, const dependencies& with);
awaitable<response> patch(request_context& context, const dependencies& with);
awaitable<response> resolve(request_context& context, const dependencies& with);
awaitable<response> reopen(request_context& context, const dependencies& with);
awaitable<response> remove(request_context& context, const dependencies& with);

awaitable<response> add_comment(request_context& context, const dependencies& with);
awaitable<response> get_comment(request_context& context, const dependencies& with);
awaitable<response> list_comments(request_context& context, const dependencies& with);
awaitable<response> list_activity(request_context& context, const dependencies& with);

} // namespace bursar::handlers::tickets
