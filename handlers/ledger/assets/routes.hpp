// The routes of assets.
#pragma once

#include "db/client.hpp"
#include "handlers/ledger/assets/service.hpp"
#include "server/http/route.hpp"

#include <vector>

namespace bursar::handlers::assets {

struct dependencies {
    db::client& database;
    const assets::service& service;
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::assets
