// From HTTP to the service of statements and back. The dependencies must outlive the handlers.
#pragma once

#include "handlers/ledger/statements/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::statements {

using server::http::request_context;
using server::http::response;

// A page as JSON, or the whole as a stream: what the client likes best.
awaitable<response> get(request_context& context, const dependencies& with, uuid account);

} // namespace bursar::handlers::statements
