// The statements that the binary sends, as `bursar statements` tells of them, for tests that ask PostgreSQL about each.
#pragma once

#include <string>
#include <vector>

struct pg_conn;

namespace bursar::tests {

struct sent_statement {
    std::string name;
    std::string sql;
    bool reads = false;

    // No savepoint, and nothing else that has no plan.
    bool is_planned() const;
};

std::vector<sent_statement> statements_of_the_binary();

// Prepares it as `name`, with types for the parameters whose text does not tell, such as $3 in "$3 is null or version =
// any ($3)". Returns how many parameters it has; throws when no types fit. Outside of a transaction: it tries.
int prepare_by_text(pg_conn* on, const std::string& name, const std::string& sql);

} // namespace bursar::tests
