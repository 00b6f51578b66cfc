// The routes of periods.
#pragma once

#include "db/client.hpp"
#include "handlers/ledger/periods/service.hpp"
#include "server/http/route.hpp"

#include <vector>

namespace bursar::handlers::periods {

struct dependencies {
    db::client& database;
    const periods::service& service;
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::periods
