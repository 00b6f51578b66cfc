// Makes the transfers of schedules whose time has come, by the database's clock. Any number of processes do it at once
// and may end at any point: a transfer has a key made of its schedule and the time it was due, so it is made once, and
// the schedule moves on from that time once, with an event. A run that the rules refuse is over too; one that the
// database or a queue got in the way of is tried again when the claim has run out.
// The dependencies outlive it.
#pragma once

#include "db/repositories/ledger/scheduled_transfers.hpp"
#include "handlers/ledger/writer/batch_writer.hpp"
#include "server/clock_watch.hpp"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace bursar::handlers::scheduled_transfers {

using db::repositories::due_schedule;
using db::repositories::finished_run;
using server::awaitable;

// Later than this a run was missed.
inline constexpr std::chrono::minutes punctuality{1};

class runner {
public:
    runner(
        db::client& database, const db::repositories::scheduled_transfer_repository& rows,
        transfers::batch_writer& writer, prometheus::Registry& metrics);

    // A bite of what is due; true when there may be more. Failures are logged and counted.
    awaitable<bool> run_due();

private:
    awaitable<std::vector<finished_run>> transfer(std::vector<due_schedule> due);
    void count(db::repositories::run_outcome outcome);

    db::client& database_;
    const db::repositories::scheduled_transfer_repository& rows_;
    transfers::batch_writer& writer_;
    server::clock_watch clock_;
    prometheus::Family<prometheus::Counter>& runs_;
    prometheus::Counter& ran_;
    prometheus::Counter& refused_;
    prometheus::Counter& missed_;
    prometheus::Counter& failed_;
};

} // namespace bursar::handlers::scheduled_transfers
