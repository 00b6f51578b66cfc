// From HTTP to the service of accounts and back. The dependencies must outlive the handlers.
#pragma once

#include "handlers/ledger/accounts/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::accounts {

using server::http::request_context;
using server::http::response;

awaitable<response> create(request_context& context, const dependencies& with);
awaitable<response> get(request_context& context, const dependencies& with);
awaitable<response> list(request_context& context, const dependencies& with);
awaitable<response> patch(request_context& context, const dependencies& with);
awaitable<response> freeze(request_context& context, const dependencies& with);
awaitable<response> unfreeze(request_context& context, const dependencies& with);
awaitable<response> close(request_context& context, const dependencies& with);
awaitable<response> reopen(request_context& context, const dependencies& with);

awaitable<response> get_balance(request_context& context, const dependencies& with);
awaitable<response> read_balances(request_context& context, const dependencies& with);

} // namespace bursar::handlers::accounts
