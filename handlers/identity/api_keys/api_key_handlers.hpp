// From HTTP to the service of API keys and back. The dependencies must outlive the handlers.
#pragma once

#include "handlers/identity/api_keys/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::api_keys {

using server::http::request_context;
using server::http::response;

awaitable<response> create(request_context& context, const dependencies& with);
awaitable<response> get(request_context& context, const dependencies& with);
awaitable<response> list(request_context& context, const dependencies& with);
awaitable<response> patch(request_context& context, const dependencies& with);
awaitable<response> revoke(request_context& context, const dependencies& with);
awaitable<response> rotate(request_context& context, const dependencies& with);

} // namespace bursar::handlers::api_keys
