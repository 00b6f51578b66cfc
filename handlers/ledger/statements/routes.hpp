// The routes of account statements.
#pragma once

#include "db/client.hpp"
#include "handlers/ledger/statements/service.hpp"
#include "handlers/shared/export_seats.hpp"
#include "server/http/route.hpp"
#include "server/thread_pool.hpp"

#include <vector>

namespace bursar::handlers::statements {

struct dependencies {
    db::client& database;
    server::thread_pool& pool;
    const statements::service& service;
    export_seats& seats;
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::statements
