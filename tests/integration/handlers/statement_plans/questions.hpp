// Every method of the repositories with every combination of filters, asked for its plan.
#pragma once

#include "server/uuid.hpp"
#include "tests/integration/handlers/statement_plans/plan_collector.hpp"

#include <vector>

namespace bursar::tests {

// Rows that are there.
struct known_rows {
    server::uuid org;
    server::uuid customer;
    server::uuid ticket;
    server::uuid schedule;
    server::uuid user;
    server::uuid transfer;
    std::vector<server::uuid> accounts; // as many as a client may ask for at once
};

void ask_with_values(plan_collector& on, const known_rows& about);

} // namespace bursar::tests
