// The routes of organizations.
#pragma once

#include "handlers/identity/organizations/service.hpp"
#include "server/http/route.hpp"

#include <vector>

namespace bursar::handlers::organizations {

struct dependencies {
    db::client& database;
    const organizations::service& service;
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::organizations
