// All that is kept about one customer: read page by page for an export, whatever became of the rows, and erased.
// Confined to one organization. Items are JSON text that PostgreSQL makes of the rows, so that nothing of it has to be
// held or understood here. Failures are those of db::session. Holds the statements: outlives every call.
#pragma once

#include "db/client.hpp"
#include "db/repositories/page.hpp"

#include <memory>

namespace bursar::db::repositories {

// Lists under a customer (tickets, accounts, scheduled transfers that name its accounts, the audit log's rows about
// it), under a ticket (comments, activity) and under an account (entries, each with its transfer).
enum class kept : std::uint8_t { tickets, comments, activity, accounts, entries, scheduled_transfers, audit_log };

// Where a page begins: behind this item.
struct kept_place {
    uuid id;
    std::int64_t number = 0;
    timestamp at;
};

struct kept_item {
    kept_place place;
    std::int64_t children = 0; // of an account: the seq of its last entry when it was read
    std::string json;          // an object
};

struct kept_customer {
    std::string json;
    std::optional<timestamp> erased_at;
};

// What stands in the way of an erasure.
struct erasure_obstacles {
    std::optional<timestamp> erased_at; // it was done before
    bool open_tickets = false;
    bool open_accounts = false; // or frozen ones
};

class customer_data_repository {
public:
    static constexpr int page_items = 100;

    customer_data_repository();

    // A deleted one too. not_found when there is none.
    awaitable<result<kept_customer>> find(session& on, uuid org, uuid customer, deadline until) const;

    // At most page_items, oldest first; of entries, those up to `through`.
    awaitable<result<page<kept_item>>>
    list(session& on, kept what, uuid org, uuid owner, kept_place after, std::int64_t through, deadline until) const;

    // Locks the customer with its tickets and accounts, so that nothing is added to what is looked at. not_found when
    // there is none.
    awaitable<result<erasure_obstacles>>
    prepare_erasure(transaction& on, uuid org, uuid customer, deadline until) const;

    // After that, in the same transaction: the texts go, the tickets and the customer are deleted, kept answers to
    // idempotency keys are gone. Returns when.
    awaitable<result<timestamp>> erase(transaction& on, uuid org, uuid customer, deadline until) const;

    // All that this repository can send, for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    const statement find_;
    std::vector<std::unique_ptr<const statement>> lists_; // by kept
    std::vector<std::unique_ptr<const statement>> locks_;
    const statement obstacles_;
    std::vector<std::unique_ptr<const statement>> erasing_; // in this order
};

} // namespace bursar::db::repositories
