// How the ledger's batch writer reads what it decides on and writes what it decided: each one round trip of an open
// transaction. Accounts are mostly read without a lock: the database moves a balance only from where the entries take
// it to be (post_entries in db/migrations/0004_ledger.sql), so a batch whose accounts another process has moved is
// refused as a whole, with SQLSTATE 40001, and is decided anew. Where processes meet often, locks are cheaper; and
// before a refusal is written the accounts are locked, or another process might do what this one refuses. Locks are
// taken in one order by everybody, targets before accounts, each by organization and id. Holds the statements: outlives
// every call.
#pragma once

#include "db/client.hpp"
#include "db/repositories/ledger/periods.hpp"
#include "db/repositories/ledger/transfers.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bursar::db::repositories {

// A row by its organization and id.
struct row_key {
    uuid org;
    uuid id;
    auto operator<=>(const row_key&) const = default; // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

// What decides on an account's next entry. Debits are positive, credits negative.
struct account_state {
    row_key key;
    std::string currency;
    bool credit_normal = false;
    bool open = false; // neither frozen nor closed
    std::optional<std::int64_t> floor;
    std::optional<std::int64_t> ceiling;
    std::int64_t seq = 0;
    std::int64_t balance = 0;
    std::int64_t pending_debits = 0;
    std::int64_t pending_credits = 0;
    timestamp last_recorded_at;
};

// What decides on whether a transfer can be posted, voided or reversed.
struct target_state {
    row_key key;
    transfer_kind kind = transfer_kind::transfer;
    transfer_state state = transfer_state::posted;
    bool held = false; // it was pending once
    std::optional<uuid> settled_by;
    std::optional<timestamp> expires_at;
    timestamp recorded_at;
    std::int64_t reversed = 0;
    std::vector<std::int64_t> reversed_legs; // empty before the first reversal
};

// A request that was answered before.
struct known_request {
    std::size_t index = 0; // in batch_reading::requests
    uuid request_hash;
    std::optional<uuid> transfer_id; // or else it was refused:
    std::string code;
    std::string message;
    std::optional<std::string> pointer;
    std::optional<std::string> field_message;
    std::string request_id;
};

// What to read. Accounts and targets sorted and unique; requests as organization and idempotency key.
struct batch_reading {
    std::vector<row_key> accounts;
    std::vector<row_key> targets;
    std::vector<row_key> requests;
};

enum class account_locks : bool { none, taken };

struct batch_facts {
    std::vector<account_state> accounts; // those that exist, sorted
    std::vector<target_state> targets;   // likewise
    std::vector<known_request> requests;
    std::vector<books> closed; // of the organizations that were asked for
    timestamp floor{};         // what is decided earlier than this is refused: final_time.hpp
    account_locks locks = account_locks::none;
};

// What to write.
struct new_transfer_row {
    row_key key;
    transfer_kind kind;
    transfer_state state;
    std::optional<uuid> target_id;
    uuid idempotency_key;
    uuid request_hash;
    std::int64_t amount;
    std::int16_t legs;
    std::span<const uuid> account_ids;
    std::optional<std::string_view> description;
    std::optional<std::string_view> external_reference;
    std::string_view metadata; // JSON text
    timestamp effective_at;
    timestamp recorded_at;
    std::optional<timestamp> expires_at;
    std::optional<uuid> actor_id;
    const conversion* fx = nullptr; // if it is one
};

struct new_entry_row {
    row_key account;
    uuid transfer_id;
    timestamp recorded_at;
    timestamp effective_at;
    std::int64_t seq;
    std::int64_t amount;
    std::int64_t held;
    std::int64_t balance;
    std::int64_t pending_debits;
    std::int64_t pending_credits;
    std::int16_t leg;
    bool debit;
    std::string_view currency;
};

struct new_refusal_row {
    uuid org;
    uuid idempotency_key;
    uuid request_hash;
    std::string_view code;
    std::string_view message;
    std::optional<std::string_view> pointer;
    std::optional<std::string_view> field_message;
    std::string_view request_id;
};

struct batch_writing {
    timestamp decided_at; // by the writer's clock, or the floor where that is later
    bool history = false; // of an import: recorded in time that may be final
    std::vector<new_transfer_row> transfers;
    std::vector<new_entry_row> entries;
    std::vector<target_state> targets; // as they are afterwards
    std::vector<new_refusal_row> refusals;
};

struct overdue_transfer {
    row_key key;
    timestamp expires_at;
};

// The writer's clock when it decided, and how long what it sends may be under way without that being the clock's fault.
struct writer_time {
    timestamp at;
    std::chrono::microseconds under_way;
};

class transfer_batch_repository {
public:
    transfer_batch_repository();

    // Locks the targets, and the accounts if asked to, until the transaction ends; then looks for the requests, so that
    // one which held a lock that this one waited for is seen.
    awaitable<result<batch_facts>>
    read(transaction& on, const batch_reading& what, account_locks locks, deadline until) const;

    // Writes and commits. Durable when it succeeds. dependency_unavailable with error::constraint `clock_ahead` or
    // `clock_behind`: the writer's clock and the database's are more than a second apart, which nothing is written
    // with.
    awaitable<result<>>
    write(transaction& on, const batch_writing& what, const writer_time& clock, deadline until) const;

    // Pending transfers whose time has come by the database's clock, the longest overdue first; those behind `after`.
    awaitable<result<std::vector<overdue_transfer>>>
    find_overdue(session& on, const std::optional<overdue_transfer>& after, int limit, deadline until) const;

    std::vector<const statement*> statements() const;

private:
    const statement read_accounts_;
    const statement lock_accounts_;
    const statement lock_targets_;
    const statement find_requests_;
    const statement insert_transfers_;
    const statement insert_conversions_;
    const statement update_targets_;
    const statement insert_entries_;
    const statement insert_refusals_;
    const statement find_overdue_;
};

} // namespace bursar::db::repositories
