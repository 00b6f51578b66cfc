// The routes of scheduled transfers.
#pragma once

#include "handlers/ledger/scheduled_transfers/service.hpp"
#include "handlers/shared/dependencies.hpp"

namespace bursar::handlers::scheduled_transfers {

using dependencies = dependencies_of<service>;

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::scheduled_transfers
