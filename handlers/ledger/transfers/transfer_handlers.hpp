// From HTTP to the service of transfers and back. The dependencies must outlive the handlers.
#pragma once

#include "handlers/ledger/transfers/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::transfers {

using server::http::request_context;
using server::http::response;

awaitable<response> create(request_context& context, const dependencies& with, const new_transfer& wanted);
awaitable<response> post(request_context& context, const dependencies& with, const part& of);
awaitable<response> void_transfer(request_context& context, const dependencies& with);
awaitable<response> reverse(request_context& context, const dependencies& with, const part& of);

} // namespace bursar::handlers::transfers
