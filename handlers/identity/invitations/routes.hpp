// The routes of invitations.
#pragma once

#include "handlers/identity/invitations/service.hpp"
#include "server/http/route.hpp"

#include <vector>

namespace bursar::handlers::invitations {

struct dependencies {
    db::client& database;
    const invitations::service& service;
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::invitations
