// Which times are final: no entry will be recorded before them any more, and every one that was is seen. In two steps
// (db/migrations/0015): from the first on, the database refuses batches that were decided before the time; the second
// is done once the transactions have ended that may not know of that. Failures are those of db::session. Holds the
// statements: outlives every call.
#pragma once

#include "db/session.hpp"

#include <string>
#include <vector>

namespace bursar::db::repositories {

// A time on its way to be final.
struct raised_floor {
    timestamp at;
    std::string writers;    // who has to end first, for settle()
    timestamp final_before; // what is final so far
};

class final_time_repository {
public:
    final_time_repository();

    // The first step. What was raised may be later than what is wanted, and is earlier where that lies in the future.
    awaitable<result<raised_floor>> raise(session& on, timestamp wanted, deadline until) const;

    // The second step: whether it is final now.
    awaitable<result<bool>> settle(session& on, const raised_floor& floor, deadline until) const;

    std::vector<const statement*> statements() const { return {&raise_, &settle_}; }

private:
    const statement raise_;
    const statement settle_;
};

} // namespace bursar::db::repositories
