// At the start of a process: a ledger that was restored from a dump goes on in the cluster that it finds itself in
// (migration 0020). Until then the database refuses what would get a position in the feed, and the process is not
// ready. Once is enough: a process speaks to no second cluster (db/driver/cluster.hpp).
#pragma once

#include "db/client.hpp"

#include <prometheus/counter.h>

namespace prometheus {
class Registry;
}

namespace bursar::handlers::ledger_proof {

// The client and the registry must outlive it.
class settling {
public:
    settling(db::client& database, prometheus::Registry& registry);

    // One query, when it is the cluster of before. True: it is done. False: to be tried again.
    server::awaitable<bool> step();

private:
    db::client& database_;
    prometheus::Counter& restored_;
    bool failed_ = false; // and that was logged
};

} // namespace bursar::handlers::ledger_proof
