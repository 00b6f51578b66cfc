// The ledger written by SQL alone, for tests of what reads and proves it. Keeps every rule that the database enforces
// (balances, sequences, two sides to a leg, one event a transfer) and none that only the service knows: limits and
// holds can be passed when a test wants that. One transaction a call. Failures throw std::runtime_error.
#pragma once

#include "tests/support/postgres.hpp"

#include <cstdint>
#include <string>

namespace bursar::tests {

class ledger_by_sql {
public:
    // In an organization of its own, or in one that is there.
    explicit ledger_by_sql(const postgres_server& at, std::string org = {});

    const std::string& org() const noexcept { return org_; }

    // Each returns the id of what it made.
    std::string account(const std::string& type = "asset") const;
    std::string transfer(const std::string& debit, const std::string& credit, std::int64_t amount) const;
    std::string hold(const std::string& debit, const std::string& credit, std::int64_t amount) const;
    // All of the hold is released, whatever is posted of it.
    std::string post(const std::string& hold, std::int64_t amount) const;
    std::string void_hold(const std::string& hold) const;
    std::string reverse(const std::string& transfer, std::int64_t amount) const;

    // The expression that makes a transfer, for a transaction of the test's own. `held`: it is pending. `time`: an
    // expression too.
    std::string transfer_sql(
        const std::string& debit, const std::string& credit, std::int64_t amount, bool held = false,
        const std::string& time = "clock_timestamp()") const;

    // Behind the triggers' back, as somebody with the database's password could. $org stands for the organization.
    std::string tamper(const std::string& sql) const;
    std::string query(std::string sql) const;

private:
    const postgres_server& at_;
    std::string org_;
};

} // namespace bursar::tests
