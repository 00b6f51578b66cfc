// Accounts with a past: transfers of any time, as many as wanted, written by SQL alone in the shape that the writer of
// transfers gives them, and held against the same checks. No account may have a later entry already. Failures throw
// std::runtime_error.
#pragma once

#include "tests/support/postgres.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bursar::tests {

struct past_transfer {
    struct leg {
        std::string debit;
        std::string credit;
        std::int64_t amount = 0;
    };

    std::string at; // as PostgreSQL reads a time
    std::vector<leg> legs;
    std::string description = {};
    std::string external_reference = {};
    std::string effective_at = {}; // empty: at
    bool held = false;             // pending: nothing moves a balance
};

class account_history {
public:
    account_history(const postgres_server& in, std::string org);

    // The id of a new one. Texts are written as they are.
    std::string account(
        const std::string& type, const std::string& name = "Account", const std::string& code = {},
        const std::string& currency = "EUR") const;

    // In their order, in one transaction.
    void write(const std::vector<past_transfer>& some) const;

    // Transfers number 1 to `count`, one every ten seconds from `first` on: of the amount 3n from debit to credit, but
    // every third of the amount n the other way. In transactions of 50,000.
    void
    write_many(const std::string& debit, const std::string& credit, std::int64_t count, const std::string& first) const;

    std::string query(const std::string& sql) const { return in_.query(sql); }

private:
    void write_staged(const std::string& staging) const;

    const postgres_server& in_;
    std::string org_;
};

} // namespace bursar::tests
