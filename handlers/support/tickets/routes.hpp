// The routes of the support desk.
#pragma once

#include "db/client.hpp"
#include "handlers/support/tickets/service.hpp"
#include "server/http/route.hpp"

#include <vector>

namespace bursar::handlers::tickets {

struct dependencies {
    db::client& database;
    const tickets::service& service;
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::tickets
