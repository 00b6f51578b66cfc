// The chain of blocks over the ledger's transfers (migration 0005), and what each block is made of. What is hashed, and
// how, is no matter of this file: hashes are texts in hexadecimal here. Failures are those of db::session.
#pragma once

#include "db/client.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

struct chained_entry {
    std::int16_t leg = 0;
    bool debit = false;
    uuid account_id;
    std::string currency;
    std::int64_t seq = 0;
    std::int64_t amount = 0;
    std::int64_t held = 0;
    std::int64_t balance = 0;
    std::int64_t pending_debits = 0;
    std::int64_t pending_credits = 0;
    timestamp effective_at;
    timestamp recorded_at;
};

// What never changes of a transfer, and its entries by leg, the debit first.
struct chained_transfer {
    uuid id;
    std::string kind;
    std::optional<uuid> target_id;
    uuid idempotency_key;
    uuid request_hash;
    std::int64_t amount = 0;
    std::int16_t legs = 0;
    std::optional<std::string> description;
    std::optional<std::string> external_reference;
    std::string metadata; // on one line, as PostgreSQL writes jsonb
    timestamp effective_at;
    timestamp recorded_at;
    std::optional<timestamp> expires_at;
    std::optional<uuid> actor_id;
    std::optional<std::int16_t> fx_leg;
    std::string fx_rate; // with fx_leg, a decimal
    std::optional<std::string> fx_source;
    std::vector<chained_entry> entries;
};

struct ledger_block {
    uuid org;
    std::int64_t number = 0;
    std::int32_t transfers = 0;
    std::int32_t entries = 0;
    timestamp first_recorded_at;
    timestamp sealed_at;
    std::string content_hash;
    std::string previous_hash;
    std::string hash;
};

struct chain_head {
    std::int64_t number = 0; // of the last block
    std::string hash;        // empty before the first
};

// The end of the last whole cut: up to there the chain is a state that the ledger was in.
awaitable<result<chain_head>> read_chain_head(session& on, uuid org, deadline until);

// Hexadecimal; nullopt: there is no such block.
awaitable<result<std::optional<std::string>>>
read_block_hash(session& on, uuid org, std::int64_t number, deadline until);

struct sealed_block {
    ledger_block header;
    std::vector<chained_transfer> content; // as it stands now: those that are gone are left out
};

// The blocks behind the given place, by organization and number: of one organization, so many that they have about
// `transfers` in all, and one at least. Empty: there are none up to last_org.
awaitable<result<std::vector<sealed_block>>>
read_blocks(session& on, uuid org, std::int64_t number, uuid last_org, std::int64_t transfers, deadline until);

// The last block that holds a transfer recorded before the given time: 0 if there is none.
awaitable<result<std::int64_t>> read_last_block_before(session& on, uuid org, timestamp time, deadline until);

// How the transfers of an organization stand to its chain, from one snapshot.
struct chain_coverage {
    std::int64_t transfers = 0;
    std::int64_t sealed = 0;
    std::int64_t waiting = 0; // events of transfers that no block holds yet
    std::int64_t blocks = 0;
    std::int64_t sealed_blocks = 0; // so many, says the sealer; while a cut is under way at most as many
};
awaitable<result<chain_coverage>> read_chain_coverage(session& on, uuid org, deadline until);

// Transfers that no block holds and no event announces, or that are held or announced more often than they are there:
// the first few. Looks at all of them, so only for a coverage that does not add up.
awaitable<result<std::vector<uuid>>> read_uncovered(session& on, uuid org, deadline until);

// An organization with events beyond its last whole cut, and since when. By id, `size` at most; fewer: there are no
// more.
struct unsealed {
    uuid org;
    timestamp since;
};
awaitable<result<std::vector<unsealed>>> read_unsealed(session& on, uuid after_org, std::int64_t size, deadline until);

// A place in the feed of events.
struct feed_position {
    std::string xid{"0"};
    std::int64_t seq = 0;
};

// How far the chain of an organization has come (migration 0005). Snapshots are texts here.
struct seal_state {
    std::string sealed;
    std::int64_t blocks = 0;
    std::string sealing; // a new cut, of now, when none was on its way
    feed_position reached;
    chain_head head;
};

// False: another process is sealing. Held until the transaction ends.
awaitable<result<bool>> lock_seals(transaction& on, deadline until);
awaitable<result<seal_state>> read_seal(session& on, uuid org, deadline until);

// A transfer to be sealed; without its row when an event announces one that is not there.
struct unsealed_transfer {
    feed_position at;
    uuid id;
    std::optional<chained_transfer> row;
};

// The next transfers of the cut, in the order of the feed, `size` at most; fewer: there are no more.
awaitable<result<std::vector<unsealed_transfer>>>
read_unsealed_transfers(session& on, uuid org, seal_state from, std::int64_t size, deadline until);

awaitable<result<>> insert_block(session& on, ledger_block block, std::vector<uuid> transfer_ids, deadline until);

// Keeps how far it has come, or, when the cut is done, that all of it is sealed.
enum class cut : bool { goes_on, is_done };
awaitable<result<>> keep_seal(session& on, uuid org, seal_state state, cut sealing, deadline until);

} // namespace bursar::db::repositories
