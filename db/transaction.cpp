#include "db/transaction.hpp"

#include "db/suspension.hpp"

namespace bursar::db {

using role = pipeline::role;
using server::steady_clock;

namespace {

const statement confine_statement{
    "transaction.confine", access::read, "select set_config('bursar.org', $1::uuid::text, true)"};

} // namespace

struct transaction::implementation::step final : operation {
    explicit step(deadline d)
        : operation(sending::transaction, d) {
        settle = [](operation& op, bool resume) {
            auto& waiting = static_cast<step&>(op).caller;
            resume ? waiting.resume() : waiting.discard();
        };
    }
    suspension caller;
};

transaction::implementation::implementation(std::shared_ptr<lease_pool> pool, std::shared_ptr<connection> at)
    : pool_(std::move(pool))
    , at_(std::move(at))
    , epoch_(at_->epoch()) {}

transaction::implementation::~implementation() {
    const bool same = at_->epoch() == epoch_;
    pool_->release(at_, same && begun_ && !over_, in_use_ && !committing_);
}

std::optional<error> transaction::implementation::refusal(deadline until) const {
    if (over_)
        return error{errc::internal, "the transaction is over"};
    if (broken_ || !at_->ready() || at_->epoch() != epoch_)
        return error{errc::dependency_unavailable, "the transaction's connection is gone"};
    if (until <= steady_clock::now())
        return error{errc::deadline_exceeded, "past its deadline before it was sent"};
    return std::nullopt;
}

bool transaction::implementation::send(operation& op, std::span<const call> calls, bool commit) {
    if (!begun_ && !at_->send_text("BEGIN", role::auxiliary, &op))
        return false;
    begun_ = true;
    for (const auto& q : queue_)
        if (!at_->send(op, *q.what, q.values, role::auxiliary))
            return false;
    queue_.clear();
    for (const auto& c : calls)
        if (!at_->send(op, *c.what, c.values, role::statement))
            return false;
    if (commit && !at_->send_text("COMMIT", role::commit, &op))
        return false;
    at_->sync(&op);
    at_->flush();
    return true;
}

awaitable<> transaction::implementation::answer(step& s) {
    in_use_ = true;
    committing_ = s.commits;
    s.sent_at = steady_clock::now();
    pool_->watch();
    const auto abandon = [this, &s] { pool_->give_up(*at_, s); };
    co_await s.caller.wait(abandon);
    // Still ours in the pipeline, or lost: either way nothing more can be sent. An answer that came leaves it idle.
    broken_ = !at_->idle() || at_->epoch() != epoch_;
    in_use_ = broken_;
}

awaitable<result<rows>>
transaction::implementation::run(std::span<const call> calls, std::vector<rows>* each, bool commit, deadline until) {
    if (auto no = refusal(until))
        co_return std::move(*no);
    // Nothing was sent, so there is nothing to commit.
    if (commit && calls.empty() && !begun_ && queue_.empty()) {
        over_ = true;
        co_return rows{};
    }
    step self{until};
    self.commits = commit;
    self.each = each;
    if (!send(self, calls, commit)) {
        at_->take_back(self);
        broken_ = true;
        co_return error{errc::dependency_unavailable, "the connection broke while sending"};
    }
    co_await answer(self);
    if (commit && !broken_)
        over_ = self.committed;
    co_return std::move(self.outcome);
}

awaitable<result<>> transaction::implementation::rollback(deadline until) {
    queue_.clear();
    if (!begun_ || over_) {
        over_ = true;
        co_return result<>{};
    }
    if (auto no = refusal(until))
        co_return std::move(*no);
    step self{until};
    if (!at_->send_text("ROLLBACK", role::auxiliary, &self)) {
        at_->take_back(self);
        broken_ = true;
        co_return error{errc::dependency_unavailable, "the connection broke while sending"};
    }
    at_->sync(&self);
    at_->flush();
    co_await answer(self);
    if (self.failed)
        co_return std::move(self.outcome).error();
    over_ = true;
    co_return result<>{};
}

transaction::transaction(std::unique_ptr<implementation> impl) noexcept
    : implementation_(std::move(impl)) {}
transaction::transaction(transaction&&) noexcept = default;
transaction& transaction::operator=(transaction&&) noexcept = default;
transaction::~transaction() = default;

awaitable<result<rows>> transaction::execute(const statement& what, parameters values, deadline until) {
    const call only{&what, std::move(values)};
    co_return co_await implementation_->run({&only, 1}, nullptr, false, until);
}

awaitable<result<rows>> transaction::execute_and_commit(const statement& what, parameters values, deadline until) {
    const call only{&what, std::move(values)};
    co_return co_await implementation_->run({&only, 1}, nullptr, true, until);
}

awaitable<result<std::vector<rows>>> transaction::execute_all(std::vector<call> calls, deadline until) {
    std::vector<rows> each;
    auto done = co_await implementation_->run(calls, &each, false, until);
    if (done.has_error())
        co_return std::move(done).error();
    co_return std::move(each);
}

awaitable<result<std::vector<rows>>> transaction::execute_all_and_commit(std::vector<call> calls, deadline until) {
    std::vector<rows> each;
    auto done = co_await implementation_->run(calls, &each, true, until);
    if (done.has_error())
        co_return std::move(done).error();
    co_return std::move(each);
}

void transaction::enqueue(const statement& what, parameters values) {
    implementation_->enqueue({&what, std::move(values)});
}

void transaction::confine(uuid org) {
    enqueue(confine_statement, parameters{org});
}

awaitable<result<>> transaction::commit(deadline until) {
    auto done = co_await implementation_->run({}, nullptr, true, until);
    if (done.has_error())
        co_return std::move(done).error();
    co_return result<>{};
}

// A commit waits for what has been written before it when it has written something itself; a transaction id is not
// enough (RecordTransactionCommit in PostgreSQL's xact.c). The message is read by nobody.
awaitable<result<>> transaction::confirm(deadline until) {
    static const statement write_a_little{
        "transaction.confirm", access::write, "select pg_logical_emit_message(true, 'bursar', '')"};
    const call only{&write_a_little, parameters{}};
    auto done = co_await implementation_->run({&only, 1}, nullptr, true, until);
    if (done.has_error())
        co_return error{errc::outcome_unknown, "what was found cannot be confirmed: " + done.error().detail};
    co_return result<>{};
}

awaitable<result<>> transaction::rollback(deadline until) {
    co_return co_await implementation_->rollback(until);
}

} // namespace bursar::db
