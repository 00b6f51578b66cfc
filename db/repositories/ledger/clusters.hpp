// The clusters that the ledger has been in. Positions in the feed of events are of the one that it is in now; restored
// from a dump into another one, nothing is written until they go on there (migration 0020).
#pragma once

#include "db/session.hpp"

#include <cstdint>

namespace bursar::db::repositories {

// True: positions were of another cluster, and go on in this one from now on. False, and nothing written: they are of
// this one.
awaitable<result<bool>> settle_cluster(session& on, deadline until);

struct cluster_state {
    bool settled = false; // positions are of this cluster
    // Restored into another one so often, and when the last time was found out.
    std::int64_t restored = 0;
    timestamp settled_at;
};
awaitable<result<cluster_state>> read_cluster(session& on, deadline until);

} // namespace bursar::db::repositories
