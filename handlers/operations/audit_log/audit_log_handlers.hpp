// From HTTP to the audit log and back. There are no rules in between: it shows what was written. The dependencies must
// outlive the handlers.
#pragma once

#include "handlers/operations/audit_log/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::audit_log {

using server::awaitable;
using server::http::request_context;
using server::http::response;

awaitable<response> list(request_context& context, const dependencies& with);

} // namespace bursar::handlers::audit_log
