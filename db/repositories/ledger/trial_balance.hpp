// The trial balance of an organization: every account with what stands on its debit or credit side, and the sums by
// currency and type, which are equal on both sides. Of any time up to now, by the time of record; of what is not final
// yet the newest time that is. Each call is one snapshot. Confined to one organization. Failures are those of
// db::session. Holds the statements: outlives every call.
#pragma once

#include "db/repositories/ledger/accounts.hpp"
#include "db/repositories/page.hpp"
#include "db/session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

// One of the two is zero.
struct trial_balance_account {
    uuid id;
    std::string name;
    std::optional<std::string> code;
    account_type type = account_type::asset;
    std::string currency;
    std::int64_t debit = 0;
    std::int64_t credit = 0;
};

// Of all accounts of one type in one currency.
struct trial_balance_total {
    std::string currency;
    account_type type = account_type::asset;
    std::int64_t accounts = 0;
    std::int64_t debits = 0;
    std::int64_t credits = 0;
};

struct trial_balance_rows {
    std::vector<trial_balance_total> totals; // by currency and type
    page<trial_balance_account> accounts;    // oldest first
    timestamp at;                            // that was asked for, or the newest final one before it
    bool archived = false;                   // entries that are needed are no longer here
};

class trial_balance_repository {
public:
    trial_balance_repository();

    // The sums and the first accounts.
    awaitable<result<trial_balance_rows>> first(session& on, uuid org, timestamp at, int limit, deadline until) const;

    // Accounts with ids above `after`; no sums.
    awaitable<result<trial_balance_rows>>
    more(session& on, uuid org, timestamp at, uuid after, int limit, deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const { return {&first_, &more_}; }

private:
    awaitable<result<trial_balance_rows>>
    read(session& on, const statement& what, uuid org, timestamp at, uuid after, int limit, deadline until) const;

    const statement first_;
    const statement more_;
};

} // namespace bursar::db::repositories
