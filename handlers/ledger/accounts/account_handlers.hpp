// Balances, whose cursor only HTTP knows, written out. The dependencies must outlive the handlers.
#pragma once

#include "handlers/ledger/accounts/routes.hpp"
#include "handlers/ledger/accounts/types.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::accounts {

using server::http::request_context;
using server::http::response;

awaitable<response> get_balance(request_context& context, const dependencies& with, uuid id);
awaitable<response> read_balances(request_context& context, const dependencies& with, const balances_request& asked);

} // namespace bursar::handlers::accounts
