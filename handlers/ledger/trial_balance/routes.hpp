// The route of the trial balance.
#pragma once

#include "db/client.hpp"
#include "db/repositories/ledger/trial_balance.hpp"
#include "handlers/ledger/final_time.hpp"
#include "server/http/route.hpp"

#include <vector>

namespace bursar::handlers::trial_balance {

struct dependencies {
    db::client& database;
    const db::repositories::trial_balance_repository& rows;
    final_time& times;
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::trial_balance
