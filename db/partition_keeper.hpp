// Makes the partitions of `entries` ahead of time, for this month and the next three by the database's clock, so that
// weeks of failures go by before an entry finds none. The client must outlive the keeper.
#pragma once

#include "db/client.hpp"

#include <prometheus/gauge.h>

namespace bursar::db {

class partition_keeper {
public:
    partition_keeper(client& database, prometheus::Registry& metrics);

    // To be called at the start and then every so often, and by who found none. A failure is logged; the next call
    // tries again. Never says that there is more to do at once.
    awaitable<bool> keep();

private:
    client& database_;
    const statement ensure_;
    prometheus::Gauge& end_;
};

} // namespace bursar::db
