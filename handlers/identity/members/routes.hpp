// The routes of members.
#pragma once

#include "db/client.hpp"
#include "handlers/identity/members/service.hpp"
#include "server/http/route.hpp"

#include <vector>

namespace bursar::handlers::members {

struct dependencies {
    db::client& database;
    const members::service& service;
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::members
