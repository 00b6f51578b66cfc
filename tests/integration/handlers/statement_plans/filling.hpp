// A database that is full, for looking at plans: an organization with as many tickets and transfers as
// BURSAR_TEST_TICKETS says (30,000), and with about as many rows in every other table that can grow.
#pragma once

#include "tests/integration/handlers/statement_plans/questions.hpp"
#include "tests/support/postgres.hpp"

namespace bursar::tests {

class filled_database {
public:
    filled_database(); // takes a minute

    postgres_server postgres;
    known_rows rows;
    const std::string role{"bursar_service"}; // serves, and owns nothing
};

// The process's own.
const filled_database& the_filled_database();

} // namespace bursar::tests
