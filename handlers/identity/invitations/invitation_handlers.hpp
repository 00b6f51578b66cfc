// From HTTP to the service of invitations and back. The dependencies must outlive the handlers.
#pragma once

#include "handlers/identity/invitations/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::invitations {

using server::http::request_context;
using server::http::response;

awaitable<response> create(request_context& context, const dependencies& with);
awaitable<response> get(request_context& context, const dependencies& with);
awaitable<response> list(request_context& context, const dependencies& with);
awaitable<response> revoke(request_context& context, const dependencies& with);
awaitable<response> accept(request_context& context, const dependencies& with);

} // namespace bursar::handlers::invitations
