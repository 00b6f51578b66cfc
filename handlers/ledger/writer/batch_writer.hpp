// Many single writes, one commit. Instructions that arrive while a commit is under way form the next batch: no timer,
// the batch is what has queued up. Up to two batches are under way at once, on different accounts. Each caller is
// answered when its batch is durable; a refused instruction leaves its neighbours alone, and a batch that the database
// refuses is taken apart until the one at fault stands alone. Organizations take turns in what is written next, and
// have equal parts of the queue.
//
// Failures: overloaded (the queue is full: nothing was done, at once), deadline_exceeded (nothing was done, nor will
// be), dependency_unavailable (nothing was done), outcome_unknown (what it writes was sent and not answered, or the
// answer to its key was found and is not known to last: the same request, repeated with its key, finds out). A caller
// is answered at its deadline, whatever the batch is at. Everything else is a refusal in the outcome. Belongs to the
// loop's thread. The client, the repository and the registry outlive it.
#pragma once

#include "db/client.hpp"
#include "db/repositories/ledger/transfer_batches.hpp"
#include "handlers/ledger/writer/account_cache.hpp"
#include "handlers/ledger/writer/instruction.hpp"
#include "server/fair_queue.hpp"
#include "server/task_group.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <functional>
#include <memory>

namespace prometheus {
class Registry;
}

namespace bursar::handlers::transfers {

class decision;
class writer_clock;
class writer_metrics;
using server::awaitable;
using server::deadline;
using server::result;

struct writer_options {
    std::size_t batches = 2;                    // under way at once; the client has as many connections for them
    std::size_t instructions = 1000;            // in a batch, unless one group alone has more; many legs count for more
    std::size_t queue = 16'384;                 // instructions waiting; beyond: overloaded
    std::size_t turn = 50;                      // instructions of one organization, while others wait
    std::chrono::milliseconds patience{10'000}; // of a batch with the database, while a caller has as much
    // When a batch found none to be written to; then it is tried once more.
    std::function<awaitable<>()> make_partitions = {};
};

class batch_writer {
public:
    batch_writer(
        server::asio::io_context& loop, db::client& database, const db::repositories::transfer_batch_repository& rows,
        const db::repositories::period_repository& periods, prometheus::Registry& metrics, writer_options options = {});
    ~batch_writer();
    batch_writer(const batch_writer&) = delete;
    batch_writer& operator=(const batch_writer&) = delete;

    awaitable<result<outcome>> write(instruction what, deadline until);

    // All or none, in one transaction: when one is refused, its refusal is the outcome of all.
    awaitable<result<std::vector<outcome>>> write_group(std::vector<instruction> whole, deadline until);

    // Each by itself, in their order; they may be written in several batches.
    awaitable<std::vector<result<outcome>>> write_each(std::vector<instruction> all, deadline until);

private:
    struct submission;
    struct waiter;
    struct taken_guard;
    struct attempt_state;
    using submission_list = std::vector<std::shared_ptr<submission>>;
    using account_set = boost::unordered_flat_set<uuid, server::uuid_hash>;

    awaitable<> submit(submission_list made);
    void schedule();
    void turn();
    void watch();
    submission_list take();
    awaitable<> run(std::shared_ptr<submission_list> taken);
    awaitable<std::optional<server::error>> persist_or_fail(submission_list& part);
    awaitable<std::optional<server::error>> persist(submission_list& part);
    awaitable<std::optional<server::error>> attempt(submission_list& part);
    awaitable<std::optional<server::error>> attempt_from_memory(submission_list& part, attempt_state& state);
    awaitable<std::optional<server::error>>
    attempt_with_reading(submission_list& part, attempt_state& state, db::repositories::account_locks locks);
    static bool drop_late(submission_list& part, attempt_state& state);
    awaitable<std::optional<server::error>>
    write(const submission_list& part, attempt_state& state, decision& made, db::transaction& on);
    void finish(const submission_list& part, attempt_state& state, decision& made);
    static void fail(submission& s, const server::error& why);
    static void answer(submission& s);
    static void give_up(submission& s);
    static void drop(submission& s);
    bool touches_busy(const submission& s) const;
    template <class Visit>
    static bool any_account(const submission& s, Visit visit);
    template <class Visit>
    static void each_account(const submission& s, Visit visit);

    server::asio::io_context& loop_;
    db::client& database_;
    const db::repositories::transfer_batch_repository& rows_;
    const db::repositories::period_repository& periods_;
    const writer_options options_;
    const std::unique_ptr<writer_metrics> metrics_;
    const std::unique_ptr<writer_clock> clock_;
    account_cache known_{std::size_t{128} * 1024};
    timestamp floor_{};                                       // as the database last gave it
    server::fair_queue<std::shared_ptr<submission>> queue_;   // weighed by weight_of
    std::vector<std::shared_ptr<submission_list>> under_way_; // batches
    std::int64_t timeline_ = 0;                               // that known_ is of
    account_set busy_;                                        // accounts of the batches under way
    server::steady_clock::time_point contended_until_{};
    bool scheduled_ = false;
    bool watching_ = false;
    bool blocked_ = false; // all that waits touches what is under way: not to be looked at again before one ends
    server::timer watch_;
    server::task_group tasks_;
};

} // namespace bursar::handlers::transfers
