// A primary that waits for its standby, and what befalls the two.
#pragma once

#include "tests/support/postgres.hpp"

namespace bursar::tests {

class replicated {
public:
    // `primary` must be durable: with synchronous_commit off nothing waits.
    explicit replicated(postgres_server& primary);

    postgres_server& primary() noexcept { return primary_; }
    postgres_server& standby() noexcept { return standby_; }

    void stop_standby() { standby_.stop(postgres_server::stopping::immediate); }
    // Started again where it was stopped; returns when it has what was waited for.
    void start_standby();
    // The standby becomes a primary, whatever the other one does.
    void promote() const;

    // Until so many commits, or more, wait for the standby.
    void wait_for_waiting(int commits) const;
    // "pg_cancel_backend" or "pg_terminate_backend", of each of them.
    void disturb_waiting(const std::string& function) const;

private:
    void wait_until_synchronous() const;

    postgres_server& primary_;
    postgres_server standby_;
};

} // namespace bursar::tests
