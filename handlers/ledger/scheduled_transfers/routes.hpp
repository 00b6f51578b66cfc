// The routes of scheduled transfers.
#pragma once

#include "db/client.hpp"
#include "handlers/ledger/scheduled_transfers/service.hpp"
#include "server/http/route.hpp"

#include <vector>

namespace bursar::handlers::scheduled_transfers {

struct dependencies {
    db::client& database;
    const scheduled_transfers::service& service;
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::scheduled_transfers
