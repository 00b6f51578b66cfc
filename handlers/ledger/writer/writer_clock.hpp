// The clock that transfers are recorded by: this process's, as long as the database's agrees to a second. A batch
// carries the time at which it was decided, and the database refuses it in the batch's own transaction when that is
// more than a second off (check_clock in db/migrations/0014_clocks_and_dates.sql). A time ahead is a wrong clock,
// whatever the network does. A time behind may have been under way: a refused batch is tried again with the time that
// it took allowed for, and when that much was allowed for already it is the clock. What process and database cannot
// notice by comparing, both having stepped together, server::clock_watch sees, and nothing is written until the step
// has stood.
//
// Refused is dependency_unavailable: nothing was done. Counted, and logged once a second at most.
#pragma once

#include "server/clock_watch.hpp"
#include "server/error.hpp"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace bursar::handlers::transfers {

using server::clock_reading;

class writer_clock {
public:
    explicit writer_clock(prometheus::Registry& registry);

    // The time to decide a batch by.
    server::result<clock_reading> read();

    // How long a batch may be under way without that being a clock's fault.
    std::chrono::microseconds under_way() const noexcept { return under_way_; }

    // The database took what was decided then.
    void agreed(const clock_reading& decided);

    // The database refused what was decided then. What else than the clock was refused is returned as it is.
    server::error judge(server::error why, const clock_reading& decided);

    // Not the clock: the same again, decided anew, has every chance.
    static bool was_late(const server::error& why) noexcept;

private:
    server::error refuse(prometheus::Counter& which, std::string_view event, std::string detail);

    server::clock_watch watch_;
    std::chrono::microseconds under_way_{0};
    server::steady_clock::time_point logged_at_{};
    prometheus::Family<prometheus::Counter>& refusals_;
    prometheus::Counter& ahead_;
    prometheus::Counter& behind_;
    prometheus::Counter& stepped_;
};

} // namespace bursar::handlers::transfers
