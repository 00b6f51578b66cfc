// The ledger seen and set up from outside of bursar, by SQL: accounts to move money between, and an audit of everything
// that must hold of an organization's books at any moment.
#pragma once

#include "server/time.hpp"
#include "tests/support/sql_session.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bursar::tests {

struct account_form {
    std::string type = "liability";
    std::string currency = "EUR";
    std::optional<std::int64_t> floor{};
    std::optional<std::int64_t> ceiling{};
    std::string status = "open";
};

// A new account with nothing on it; its id.
std::string insert_account(const postgres_server& at, const std::string& org, const account_form& form = {});

// A posted transfer of 10 and all that belongs to it, as statements for one transaction: the database has nothing
// against it. Tests that try what it refuses change the text. Its time is at least that of the accounts' last entries.
std::string transfer_sql(
    const std::string& org, const std::string& debit, const std::string& credit, server::timestamp at = server::now());

// The rules that the books of an organization break, each with how often; empty when all is well. One snapshot.
std::string broken_rules(const sql_session& by, const std::string& org);
std::string broken_rules(const postgres_server& at, const std::string& org);

} // namespace bursar::tests
