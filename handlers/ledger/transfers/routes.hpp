// The routes of transfers.
#pragma once

#include "handlers/ledger/transfers/member_failures.hpp"
#include "handlers/ledger/transfers/service.hpp"
#include "server/http/route.hpp"

#include <vector>

namespace bursar::handlers::transfers {

struct dependencies {
    db::client& database;
    const transfers::service& service;
    const member_failures& failures; // of batches
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::transfers
