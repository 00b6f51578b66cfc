// What an import reads and writes beside the batches of transfers: how far each file has come, the accounts by their
// codes, new accounts. A file is known by its hash, whatever its name. Failures are those of db::session. Holds the
// statements: outlives every call.
#pragma once

#include "db/repositories/ledger/transfer_batches.hpp"
#include "server/secret.hpp"

#include <boost/describe/enum.hpp>

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

enum class import_kind : std::uint8_t { accounts, transfers };
BOOST_DESCRIBE_ENUM(import_kind, accounts, transfers)

struct import_file {
    uuid org;
    import_kind kind = import_kind::transfers;
    server::sha256_hash hash{};
    std::string name;
};

// How much of a file is in the ledger.
struct import_progress {
    std::int64_t position = 0; // bytes
    std::int64_t line = 1;     // of the next record
    std::int64_t rows = 0;     // that were written
    std::optional<timestamp> last_recorded_at;
    bool finished = false;
};

// An account with a code. Its state is what decides on its next entry.
struct charted_account {
    std::string code;
    std::string name;
    std::string type;
    std::optional<uuid> customer_id;
    account_state state;
};

struct imported_account {
    uuid id;
    std::string code;
    std::string name;
    std::string type;
    std::string currency;
    std::optional<std::int64_t> floor;
    std::optional<std::int64_t> ceiling;
    std::optional<uuid> customer_id;
};

struct customer_reference {
    std::string reference;
    uuid id;
};

// What an organization may be sent to.
struct import_bounds {
    std::optional<timestamp> archived_before; // no entry can be recorded before it
    bool earlier_transfers = false;           // an import of transfers has begun before
};

class import_repository {
public:
    import_repository();

    awaitable<result<import_progress>> find(session& on, const import_file& file, deadline until) const;

    // From what was expected to what is new; false when another run has got there first.
    awaitable<result<bool>> advance(
        session& on, const import_file& file, const import_progress& from, const import_progress& to,
        deadline until) const;

    awaitable<result<import_bounds>> find_bounds(session& on, uuid org, deadline until) const;

    // All accounts that have a code, by their codes.
    awaitable<result<std::vector<charted_account>>> find_chart(session& on, uuid org, deadline until) const;

    awaitable<result<std::vector<std::string>>> find_assets(session& on, uuid org, deadline until) const;

    awaitable<result<std::vector<customer_reference>>>
    find_customers(session& on, uuid org, const std::vector<std::string>& references, deadline until) const;

    // Those of the keys that transfers have, with what the request was.
    struct known_key {
        std::size_t index = 0;
        uuid request_hash;
    };
    awaitable<result<std::vector<known_key>>>
    find_keys(session& on, uuid org, const std::vector<uuid>& keys, deadline until) const;

    awaitable<result<>>
    insert_accounts(session& on, uuid org, const std::vector<imported_account>& accounts, deadline until) const;

    // For the rest of the transaction: rows are looked up one by one, whatever their number. A chunk is many rows and
    // still few beside the table, and the planner would read all of it.
    void look_up_rows(transaction& on) const;

    // Makes the months of entries between the two times.
    awaitable<result<>> ensure_partitions(session& on, timestamp first, timestamp last, deadline until) const;

    // All that this repository can send, for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    const statement find_;
    const statement advance_;
    const statement find_bounds_;
    const statement find_chart_;
    const statement find_assets_;
    const statement find_customers_;
    const statement find_keys_;
    const statement insert_accounts_;
    const statement ensure_partitions_;
    const statement look_up_rows_;
};

} // namespace bursar::db::repositories
