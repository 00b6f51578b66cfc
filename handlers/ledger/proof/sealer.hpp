// Puts new transfers and new facts into blocks (chain.hpp, facts.hpp), off the path of those who write them. Transfers
// go cut by cut: all of an organization that one snapshot shows and the one before did not, in the order of the feed.
// So a transfer whose transaction is still open is left out and comes later, in whatever order transactions end; and
// the chain up to the end of a cut is always a state that the ledger was in: no account's entry is there without those
// before it. Facts wait in a table of their own and are moved. One process seals at a time; the others find the lock
// taken and look again. An organization whose chain cannot go on holds nobody else up.
#pragma once

#include "db/client.hpp"
#include "handlers/ledger/proof/chain.hpp"
#include "handlers/ledger/proof/facts.hpp"

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

    enum class chain : std::uint8_t { transfers, facts };
    using organizations = std::vector<uuid>;
    struct sealed_chain {
        uuid org;
        std::int64_t number = 0; // of the last block
        std::string hash;
        std::int64_t blocks = 0; // new ones
    };

    awaitable<result<>> seal_each();
    awaitable<result<>> seal_transfers();
    awaitable<result<>> seal_facts();
    awaitable<> seal(organizations orgs, chain what);
    // One transaction; those for whom there is more to do.
    awaitable<result<organizations>> seal_some(const organizations& orgs, chain what);
    // True: the cut goes on.
    awaitable<result<bool>> seal_cut(db::session& on, uuid org, int& pages, std::vector<sealed_chain>& out);
    awaitable<result<bool>> seal_waiting(db::session& on, uuid org, std::vector<sealed_chain>& out);
    awaitable<result<>> add_blocks(db::session& on, uuid org, const unsealed_transfers& all, seal_state& at);
    void report(const sealed_chain& sealed, chain what);

    db::client& database_;
    bool stopped_ = false;
    server::timestamp oldest_;                 // of what was found waiting in this round
    server::steady_clock::duration looking_{}; // took so long in this round
    server::steady_clock::time_point next_round_{};
    prometheus::Counter& blocks_;
    prometheus::Gauge& last_block_;
    prometheus::Gauge& lag_;
};

} // namespace bursar::handlers::ledger_proof
