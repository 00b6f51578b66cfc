// The routes of customers.
#pragma once

#include "db/client.hpp"
#include "handlers/shared/export_seats.hpp"
#include "handlers/support/customers/service.hpp"
#include "server/http/route.hpp"

#include <vector>

namespace bursar::handlers::customers {

struct dependencies {
    db::client& database;
    const customers::service& service;
    const db::repositories::customer_data_repository& data;
    export_seats& seats;
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::customers
