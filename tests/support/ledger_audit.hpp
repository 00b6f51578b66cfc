// The ledger seen and set up from outside of bursar, by SQL: accounts to move money between, and an audit of everything
// that must hold of an organization's books at any moment.
#pragma once

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

// The rules that the books of an organization break, each with how often; empty when all is well. One snapshot.
std::string broken_rules(const sql_session& by, const std::string& org);
std::string broken_rules(const postgres_server& at, const std::string& org);

} // namespace bursar::tests
