// What has been sent on one connection and not been answered: a queue of slots, and what each reply means for the
// caller behind it. No I/O, no clock: the connection pushes what it sends and reports what it reads, in order.
//
// Guarantees: every operation pushed comes back exactly once, finished or to be sent again; a write comes back to be
// sent again only when PostgreSQL said that it executed nothing; a write is reported done only by the sync behind it,
// where its commit happens; it ends in outcome_unknown exactly when it was sent and no answer came, or one that says
// that a synchronous standby may not have it.
#pragma once

#include "db/driver/operation.hpp"
#include "db/driver/sqlstate.hpp"

#include <vector>

namespace bursar::db {

class pipeline {
public:
    enum class role : std::uint8_t {
        prepare,      // of the statement that follows it
        statement,    // its rows are the operation's outcome
        auxiliary,    // part of an operation; its rows are of no interest, its error is
        commit,       // COMMIT of a transaction
        housekeeping, // nobody waits for it
        sync
    };

    struct slot {
        operation* owner = nullptr; // null: abandoned, or nobody's
        server::deadline until{};
        std::uint32_t statement_id = 0;     // prepare, statement: which cache entry it used
        std::uint32_t statement_number = 0; //
        role kind = role::housekeeping;
        sending rule = sending::read; // of the owner, also when it has gone
        bool answered = false;

        bool commits() const noexcept { return kind == role::commit || rule == sending::write; }
    };

    // What the connection does with an operation after a reply.
    enum class next : std::uint8_t { nothing, finish, send_again };
    struct verdict {
        next step = next::nothing;
        operation* what = nullptr;
    };

    // A read whose neighbours failed this often gets a sync of its own; failing again after that ends it.
    static constexpr std::uint8_t resends_in_company = 2;
    static constexpr std::uint8_t resends_at_most = 4;

    void push(role kind, operation* owner, std::uint32_t statement_id = 0, std::uint32_t statement_number = 0);

    bool empty() const noexcept { return first_ == end_; }
    std::size_t size() const noexcept { return static_cast<std::size_t>(end_ - first_); }
    std::size_t statements() const noexcept { return statements_; }
    const slot& head() const noexcept { return at(first_); }
    std::uint64_t head_position() const noexcept { return first_; }
    // Of what is in flight something commits. How far the server has come with it is not known: its replies leave it
    // with the sync.
    bool may_commit() const noexcept { return commits_ > 0; }

    // Replies for the head, in the order libpq gives them. After any of the first three comes end_of_reply: false when
    // none of them came, or the head is a sync, and then it is no further.
    verdict on_rows(rows r, std::string_view command_tag);
    verdict on_error(failure f);
    verdict on_aborted();
    bool end_of_reply();
    verdict on_sync();
    // A warning that a commit did not wait for its synchronous standby came before the head's reply or behind it.
    void doubt() noexcept;

    // A cancel request was sent: a neighbour that it hit by mistake is sent again.
    void expect_cancellation(server::steady_clock::time_point now) noexcept { cancelled_at_ = now; }

    // The caller is gone or its deadline passed; the replies are drained. The operation's outcome is set.
    void abandon(operation& op);
    // It was pushed in part and will not be sent after all.
    void take_back(operation& op) noexcept { detach(op); }
    // Every sent operation whose deadline has passed, with its outcome.
    void expire(server::steady_clock::time_point now, operation_list& finished);
    // The connection is gone: everything comes back, in order, and the pipeline is empty.
    void lose(std::string_view why, operation_list& finished, operation_list& again);

private:
    slot& at(std::uint64_t position) noexcept { return ring_[position & (ring_.size() - 1)]; }
    const slot& at(std::uint64_t position) const noexcept { return ring_[position & (ring_.size() - 1)]; }
    void grow();
    void advance() noexcept;
    void detach(operation& op) noexcept;
    verdict finish(operation& op) noexcept;
    verdict send_again(operation& op, failure&& because);
    verdict settle_lost(operation& op, std::string_view why);

    std::vector<slot> ring_ = std::vector<slot>(64); // a power of two
    std::uint64_t first_ = 0;
    std::uint64_t end_ = 0;
    std::size_t statements_ = 0;
    std::size_t commits_ = 0; // slots that commit
    server::steady_clock::time_point cancelled_at_{};
};

} // namespace bursar::db
