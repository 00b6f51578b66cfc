// What could not be done of batches of transfers, or is not known to have been: no status of a request shows it, so
// it is counted and logged here. Belongs to the loop's thread; the registry outlives it.
#pragma once

#include "handlers/ledger/transfers/service.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>

namespace prometheus {
class Registry;
}

namespace bursar::handlers::transfers {

// Not decided by the rules: the database failed at it, or there was no time or room to ask it.
bool is_failure(const transfer_result& member);

class member_failures {
public:
    explicit member_failures(prometheus::Registry& registry);

    // Of one piece of a batch: each failure counts, and each code makes a line, with the first one's detail.
    void note(const keyed_request& who, const std::vector<transfer_result>& members) const;

private:
    prometheus::Family<prometheus::Counter>& failed_;
};

} // namespace bursar::handlers::transfers
