// The routes of API keys.
#pragma once

#include "db/client.hpp"
#include "handlers/identity/api_keys/service.hpp"
#include "server/http/route.hpp"

#include <vector>

namespace bursar::handlers::api_keys {

struct dependencies {
    db::client& database;
    const api_keys::service& service;
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::api_keys
