// The time before which the books are final: what is read as of then, or of any time before, never changes. Readers ask
// for the time that they need; to have it takes two short statements, and the batches under way at that moment to end.
// Only an import of history, by an operator, writes before it.
//
// A reader is not kept waiting for long: when a batch does not end, or the database cannot be written to, it goes on
// with what is final by then, and says what that is. Belongs to the loop's thread. The client and the repository
// outlive it.
#pragma once

#include "db/client.hpp"
#include "db/repositories/ledger/final_time.hpp"

namespace bursar::handlers {

using server::awaitable;
using server::timestamp;

// How far a client's clock may be ahead of ours: what is of later is of the future.
inline constexpr std::chrono::minutes clock_difference{1};

class final_time {
public:
    final_time(
        server::asio::io_context& loop, db::client& database, const db::repositories::final_time_repository& rows);
    final_time(const final_time&) = delete;
    final_time& operator=(const final_time&) = delete;

    // Returns when all up to the time is final, or else after a moment; what is later than now counts as now.
    // Statements find out by themselves what is final in their snapshot: final_times in db/migrations/0021.
    awaitable<> reach(timestamp wanted);

    // The same for a time of a moment ago, whichever is at hand: hardly ever waits.
    awaitable<> reach_recent();

    // To be called every second, so that what is final is recent also when a batch hangs. Never says that there is more
    // to do at once.
    awaitable<bool> keep_recent();

private:
    struct raising;

    bool is_final(timestamp at) const noexcept;
    awaitable<> raise(timestamp wanted, server::deadline until);
    awaitable<> pause(std::chrono::microseconds time);

    server::asio::io_context& loop_;
    db::client& database_;
    const db::repositories::final_time_repository& rows_;
    timestamp final_before_{};
    bool raising_ = false;
    server::timer raised_; // cancelled whenever an attempt has ended
};

} // namespace bursar::handlers
