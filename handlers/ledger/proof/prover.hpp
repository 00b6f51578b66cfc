// Proves the ledger without end while it is written: walk after walk, a small slice every interval. What it finds is an
// error line and a count by invariant. Every process proves all by itself, so that each metric stands alone.
#pragma once

#include "db/client.hpp"
#include "handlers/ledger/proof/walk.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>

#include <memory>

namespace prometheus {
class Registry;
}

namespace bursar::handlers::ledger_proof {

// The client and the registry must outlive the prover.
class prover {
public:
    prover(db::client& database, prometheus::Registry& registry);

    // The next slice, and after the last one the first again. False: it has its pause coming.
    awaitable<bool> step();

private:
    void count(const walk_counts& before, const walk_counts& after);
    void report(const findings& found);
    server::awaitable<> look_at_cluster();

    db::client& database_;
    std::unique_ptr<walk> through_;
    prometheus::Counter& accounts_;
    prometheus::Counter& transfers_;
    prometheus::Counter& entries_;
    prometheus::Family<prometheus::Counter>& findings_;
    prometheus::Gauge& last_pass_;
    prometheus::Gauge& elsewhere_;
};

} // namespace bursar::handlers::ledger_proof
