// The routes of accounts.
#pragma once

#include "db/client.hpp"
#include "handlers/ledger/accounts/service.hpp"
#include "server/http/route.hpp"

#include <vector>

namespace bursar::handlers::accounts {

struct dependencies {
    db::client& database;
    const accounts::service& service;
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::accounts
