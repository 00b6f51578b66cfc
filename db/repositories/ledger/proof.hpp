// What proving the ledger reads: accounts beside their entries, transfers beside what they and their followers wrote,
// in slices by key. Each call is one statement and so one snapshot: beside live traffic, a slice shows the ledger as it
// stood between two commits. No rules here. Failures are those of db::session.
#pragma once

#include "db/session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

// A place in a list ordered by organization and id; what comes next has a greater one.
struct ledger_key {
    uuid org;
    uuid id;

    bool operator==(const ledger_key&) const = default;
};

// Where an account stands after an entry.
struct account_position {
    std::int64_t seq = 0;
    timestamp recorded_at;
    std::int64_t balance = 0;
    std::int64_t pending_debits = 0;
    std::int64_t pending_credits = 0;

    bool operator==(const account_position&) const = default;
};

struct proof_account {
    ledger_key key;
    bool credit_normal = false;
    bool closed = false;
    std::optional<std::int64_t> floor;
    std::optional<std::int64_t> ceiling;
    account_position says;                // by its row
    account_position carried;             // where its archived entries ended, if it has any
    std::optional<account_position> last; // by its last entry
};

struct proof_entry {
    account_position after;
    uuid transfer_id;
    std::int16_t leg = 0;
    bool debit = false;
    std::int64_t amount = 0;
    std::int64_t held = 0;
    bool in_currency = false; // that of the account
    // Of its transfer, when there is one.
    std::optional<timestamp> transfer_recorded_at;
    bool named = false; // the transfer names the account and has the entry's effective time
};

// One entry of an account, or none when there are no more.
struct account_step {
    proof_account account;
    std::optional<proof_entry> entry;
};

// Where to go on: after the last account done, and within the next one after an entry.
struct account_cursor {
    ledger_key done;
    ledger_key within;
    account_position from;
};

// What is left out: organizations above last_org, entries recorded after `newest`. Entries before first_kept are
// archived.
struct account_bounds {
    uuid last_org;
    timestamp newest;
    timestamp first_kept;
};

// Accounts and their entries in order, `size` rows at most. When it is as many and the last has an entry, that account
// may have more.
awaitable<result<std::vector<account_step>>>
read_account_slice(session& on, account_cursor after, account_bounds bounds, std::int64_t size, deadline until);

// One side of a leg, or the sum of all that followers of one kind did to it.
struct leg_side {
    std::string kind; // of the followers; of a transfer's own side: empty
    std::int16_t leg = 0;
    bool debit = false;
    uuid account_id;
    std::int64_t amount = 0;
    std::int64_t held = 0;
    std::string currency;       // of an own side
    bool account_found = false; // likewise
    // Likewise, and of a conversion alone:
    bool clearing = false;                        // the account is its currency's clearing account
    std::optional<std::int16_t> asset_exponent{}; // the currency is an asset
};

// The transfers of one kind that have this one as their target.
struct followers {
    std::string kind;
    std::int64_t count = 0;
    uuid one; // the first of them
};

struct proof_transfer {
    ledger_key key;
    std::string kind;
    std::string state;
    std::optional<uuid> target_id;
    bool target_found = false;
    std::int64_t amount = 0;
    std::int16_t legs = 0;
    std::int32_t accounts = 0; // how many it names
    std::int64_t reversed = 0;
    std::optional<uuid> settled_by;
    timestamp recorded_at;
    std::optional<std::int16_t> fx_leg;
    std::string fx_rate; // with fx_leg, a decimal
    std::vector<leg_side> own;
    std::vector<leg_side> followed; // sides of followers, summed by kind
    std::vector<followers> following;
    std::vector<std::int64_t> reversed_legs; // empty: null
};

// In order, `size` at most; fewer: there are no more.
awaitable<result<std::vector<proof_transfer>>>
read_transfer_slice(session& on, ledger_key after, uuid last_org, std::int64_t size, deadline until);

// An account that entries name.
struct named_account {
    ledger_key key;
    bool found = false;
};

// In the order of ids, whatever their organization; `size` at most; fewer: there are no more.
awaitable<result<std::vector<named_account>>>
read_named_accounts(session& on, uuid after, std::int64_t size, deadline until);

// When the oldest month of entries begins that has not been archived.
awaitable<result<timestamp>> read_first_kept(session& on, deadline until);

// Sums over all accounts of an organization, by currency; only those that are not zero as they should be.
struct currency_sum {
    std::string currency;
    std::string balance; // a sum may pass 64 bits
    std::string pending; // debits less credits
};
awaitable<result<std::vector<currency_sum>>> read_unequal_sums(session& on, uuid org, deadline until);

// The next organization, in order.
awaitable<result<std::optional<uuid>>> read_next_organization(session& on, uuid after, deadline until);

} // namespace bursar::db::repositories
