// From HTTP to the trial balance and back. There are no rules in between: it shows what stands in the books. The
// dependencies must outlive the handlers.
#pragma once

#include "handlers/ledger/trial_balance/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::trial_balance {

using server::awaitable;
using server::http::request_context;
using server::http::response;

awaitable<response> get(request_context& context, const dependencies& with);

} // namespace bursar::handlers::trial_balance
