// The routes of accounts.
#pragma once

#include "handlers/ledger/accounts/service.hpp"
#include "handlers/shared/dependencies.hpp"

namespace bursar::handlers::accounts {

using dependencies = dependencies_of<service>;

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::accounts
