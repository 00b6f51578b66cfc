// Accounts in PostgreSQL, and what stands on them. Every statement is confined to one organization: another's row does
// not exist here. Nothing here writes a balance: that is for the writer of transfers, which holds the row's lock (FOR
// NO KEY UPDATE) until its commit, and a change made here waits for it and looks at the row as it is then.
// Failures are those of db::session; what a find does not find is errc::not_found, what a guarded write does not match
// is nullopt, and the caller finds out why. Holds the statements: outlives every call.
#pragma once

#include "db/repositories/page.hpp"
#include "db/session.hpp"
#include "server/schema/values.hpp"

#include <boost/describe/enum.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

enum class account_type : std::uint8_t { asset, liability, equity, income, expense };
BOOST_DESCRIBE_ENUM(account_type, asset, liability, equity, income, expense)

enum class account_side : std::uint8_t { debit, credit };
BOOST_DESCRIBE_ENUM(account_side, debit, credit)

enum class account_status : std::uint8_t { open, frozen, closed };
BOOST_DESCRIBE_ENUM(account_status, open, frozen, closed)

struct account {
    uuid id;
    std::string name;
    std::optional<std::string> code;
    account_type type = account_type::asset;
    account_side normal_side = account_side::debit;
    std::string currency;
    account_status status = account_status::open;
    std::optional<std::int64_t> floor;
    std::optional<std::int64_t> ceiling;
    std::optional<uuid> customer_id;
    server::schema::raw_json metadata;
    std::int64_t version = 0;
    timestamp created_at;
    timestamp updated_at;
};

struct new_account {
    std::string name;
    std::optional<std::string> code;
    std::string currency;
    account_type type = account_type::asset;
    std::optional<std::int64_t> floor;
    std::optional<std::int64_t> ceiling;
    std::optional<uuid> customer_id;
    server::schema::raw_json metadata;
};

// Members of the metadata replace those of the same name; null removes them.
struct account_changes {
    server::schema::patched<std::string> name;
    server::schema::patched<server::schema::raw_json> metadata;
};

struct account_filter {
    std::optional<account_type> type;
    std::optional<std::string> currency;
    std::optional<account_status> status;
    std::optional<uuid> customer_id;
    std::optional<std::string> code;
};

// What clients see of an account's money: in its normal direction, where a debit is kept as positive.
struct account_amounts {
    std::int64_t posted = 0;
    std::int64_t pending_in = 0;  // would raise posted
    std::int64_t pending_out = 0; // would lower it
    std::int64_t available = 0;   // posted without what is pending out
};
account_amounts in_normal_direction(
    bool credit_normal, std::int64_t balance, std::int64_t pending_debits, std::int64_t pending_credits) noexcept;

struct account_balance {
    uuid account_id;
    std::string currency;
    account_amounts amounts;
    std::int64_t seq = 0; // of the last entry that is counted
    // Every event of a transaction below this one is counted. Of a present balance only.
    std::optional<std::int64_t> events_below;
    timestamp at;
    bool archived = false; // the entries of that time are no longer here, and the amounts mean nothing
};

// What the database need not look for: the currency is one of ISO 4217.
enum class iso_currency : bool { no, yes };

// Without an account: the currency is no asset of the organization, there is no such customer, or else the code is
// taken.
struct inserted_account {
    std::optional<account> made;
    bool currency_known = false;
    bool customer_known = false;
};

class account_repository {
public:
    account_repository();

    awaitable<result<inserted_account>>
    insert(session& on, uuid org, uuid id, const new_account& fields, iso_currency iso, deadline until) const;

    awaitable<result<account>> find(session& on, uuid org, uuid id, deadline until) const;

    // Newest first, those with ids below `before`.
    awaitable<result<page<account>>> list(
        session& on, uuid org, const account_filter& filter, std::optional<uuid> before, int limit,
        deadline until) const;

    // nullopt: no such account, another version, or nothing would change.
    awaitable<result<std::optional<account>>> update(
        session& on, uuid org, uuid id, const expected_versions& versions, const account_changes& changes,
        deadline until) const;

    // nullopt: no such account, or it is not open.
    awaitable<result<std::optional<account>>> freeze(session& on, uuid org, uuid id, deadline until) const {
        return change_status(on, freeze_, org, id, until);
    }

    // nullopt: no such account, or it is not frozen.
    awaitable<result<std::optional<account>>> unfreeze(session& on, uuid org, uuid id, deadline until) const {
        return change_status(on, unfreeze_, org, id, until);
    }

    // nullopt: no such account, it is closed or a clearing account, or its balance or something pending is not zero.
    awaitable<result<std::optional<account>>> close(session& on, uuid org, uuid id, deadline until) const {
        return change_status(on, close_, org, id, until);
    }

    // nullopt: no such account, it is not closed, or its customer is deleted.
    awaitable<result<std::optional<account>>> reopen(session& on, uuid org, uuid id, deadline until) const {
        return change_status(on, reopen_, org, id, until);
    }

    // nullopt: no such account. `at`: as below.
    awaitable<result<std::optional<account_balance>>>
    balance(session& on, uuid org, uuid id, std::optional<timestamp> at, deadline until) const;

    // One for each id, in their order, all from one snapshot; nullopt: no such account. `at`: as they were then by the
    // time of record, or at the newest final time before.
    awaitable<result<std::vector<std::optional<account_balance>>>>
    balances(session& on, uuid org, const std::vector<uuid>& ids, std::optional<timestamp> at, deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    awaitable<result<std::optional<account>>>
    change_status(session& on, const statement& how, uuid org, uuid id, deadline until) const;

    const statement insert_;
    const statement find_;
    const statement update_;
    const statement freeze_;
    const statement unfreeze_;
    const statement close_;
    const statement reopen_;
    const statement balance_;
    const statement balances_;
    const statement balances_at_;
    std::vector<std::unique_ptr<const statement>> lists_; // see list_index in the source
};

} // namespace bursar::db::repositories
