// Puts new transfers into blocks (chain.hpp), off the path of those who write them. It goes cut by cut: all transfers
// of an organization that one snapshot shows and the one before did not, in the order of the feed. So a transfer whose
// transaction is still open is left out and comes later, in whatever order transactions end; and the chain up to the
// end of a cut is always a state that the ledger was in: no account's entry is there without those before it. One
// process seals at a time; the others find the lock taken and look again.
#pragma once

#include "db/client.hpp"
#include "handlers/ledger_proof/chain.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

namespace prometheus {
class Registry;
}

namespace bursar::handlers::ledger_proof {

using server::awaitable;
using server::result;
using server::uuid;

// A block holds at most so much, so that checking one takes a few milliseconds. One transfer is always whole.
inline constexpr std::int64_t block_transfers = 100;
inline constexpr std::size_t block_entries = 250;

// The client and the registry must outlive the sealer.
class sealer {
public:
    sealer(db::client& database, prometheus::Registry& registry);

    // One round. False: there is no more to do for a while.
    awaitable<bool> seal_all();
    // A round that is under way ends with its next commit.
    void stop() noexcept { stopped_ = true; }

private:
    using unsealed_transfers = std::vector<db::repositories::unsealed_transfer>;
    using seal_state = db::repositories::seal_state;

    awaitable<result<>> seal_each();
    awaitable<result<std::vector<db::repositories::unsealed>>> find_unsealed(uuid after);
    awaitable<result<>> seal(uuid org);
    // One transaction. True: the cut goes on.
    awaitable<result<bool>> seal_some(uuid org);
    awaitable<result<>> add_blocks(db::session& on, uuid org, const unsealed_transfers& all, seal_state& at);
    void tell(uuid org, const db::repositories::chain_head& head, std::int64_t blocks);

    db::client& database_;
    bool stopped_ = false;
    prometheus::Counter& blocks_;
    prometheus::Gauge& last_block_;
    prometheus::Gauge& lag_;
};

} // namespace bursar::handlers::ledger_proof
