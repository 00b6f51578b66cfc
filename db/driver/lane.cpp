#include "db/driver/lane.hpp"

#include "db/suspension.hpp"

#include <boost/asio/post.hpp>

namespace bursar::db {

using role = pipeline::role;
using server::steady_clock;

namespace {

// Statements of one connection in flight. Reads: enough to keep a server busy for a loop turn. Writes: few, so that
// one stuck statement leaves few in doubt behind it.
constexpr std::size_t read_window = 256;
constexpr std::size_t write_window = 8;
// One sync's statements at most: an error sends the rest of them again.
constexpr std::size_t largest_group = 64;
// Below this a turn's statements go to one connection, in one system call.
constexpr std::size_t smallest_share = 16;

} // namespace

struct lane::call final : operation {
    using operation::operation;
    suspension caller;
};

struct lane::turn {
    std::shared_ptr<lane> self;
    void operator()() const { self->flush(); }
};

lane::lane(surroundings around, settings how, pool_metrics& metrics)
    : around_(around)
    , how_(std::move(how))
    , metrics_(metrics) {
    for (std::size_t i = 0; i < how_.connections; ++i)
        connections_.push_back(std::make_shared<connection>(around_.loop, how_.connect, *this));
    if (how_.one_each)
        served_.resize(how_.connections);
}

lane::~lane() {
    close(false);
}

void lane::open() {
    for (const auto& c : connections_)
        c->open();
}

bool lane::reachable() const noexcept {
    return std::any_of(connections_.begin(), connections_.end(), [](const auto& c) { return c->ready(); });
}

bool lane::away() const noexcept {
    return !reachable() &&
           std::all_of(connections_.begin(), connections_.end(), [](const auto& c) { return c->away(); });
}

std::optional<error> lane::refusal(deadline until, steady_clock::time_point now) const {
    if (refusing_)
        return error{errc::shutting_down, "the database client is stopping"};
    if (until <= now)
        return error{errc::deadline_exceeded, "past its deadline before it was sent"};
    if (depth_ >= how_.depth) {
        metrics_.refused.Increment();
        return error{errc::overloaded, "the lane is at its depth"};
    }
    if (away())
        return error{errc::dependency_unavailable, "PostgreSQL is away: " + connections_.front()->last_error()};
    return std::nullopt;
}

awaitable<result<rows>> lane::execute(const statement& what, parameters values, deadline until) {
    const auto now = steady_clock::now();
    if (auto no = refusal(until, now))
        co_return std::move(*no);
    call self{how_.rule, until};
    self.what = &what;
    self.values = &values;
    self.queued_at = now;
    self.settle = [](operation& op, bool resume) {
        auto& caller = static_cast<call&>(op).caller;
        resume ? caller.resume() : caller.discard();
    };
    ++depth_;
    waiting_.push(self);
    schedule();
    around_.watch.wake();
    const auto abandon = [this, &self] { give_up(self); };
    co_await self.caller.wait(abandon);
    co_return std::move(self.outcome);
}

void lane::give_up(operation& op) {
    using enum operation::stage;
    if (op.at == done)
        return;
    if (op.at == sent) {
        for (const auto& c : connections_)
            c->abandon(op);
    } else {
        waiting_.remove(op);
        op.fail({errc::deadline_exceeded, "given up before it was sent"});
    }
    op.at = done;
    given_up_.push_back(op);
    schedule();
}

void lane::schedule() {
    if (std::exchange(scheduled_, true))
        return;
    server::asio::post(around_.loop, turn{shared_from_this()});
}

std::size_t lane::window() const noexcept {
    if (how_.one_each)
        return 1;
    return how_.rule == sending::read ? read_window : write_window;
}

connection* lane::least_loaded() noexcept {
    connection* best = nullptr;
    for (const auto& c : connections_)
        if (c->ready() && c->load() < window() && (best == nullptr || c->load() < best->load()))
            best = c.get();
    return best;
}

void lane::flush() {
    scheduled_ = false;
    if (closed_)
        return;
    operation_list gone;
    gone.swap(given_up_);
    settle_all(gone);
    if (waiting_.empty())
        return;
    const auto now = steady_clock::now();
    const auto share = std::max(smallest_share, (waiting_.size() + connections_.size() - 1) / connections_.size());
    while (!waiting_.empty()) {
        auto* const c = least_loaded();
        const bool sent = c != nullptr && fill(*c, share, now);
        if (c == nullptr || (!sent && c->ready()))
            return waiting_.take_turns(); // no room, or whoever waits has his part already
        c->flush();
    }
}

bool lane::may_go(const operation& op) const noexcept {
    const auto tenant = op.values->first_id();
    if (tenant == uuid{})
        return true;
    std::size_t at_work = 0;
    for (std::size_t i = 0; i < connections_.size(); ++i)
        at_work += connections_[i]->load() > 0 && served_[i] == tenant ? 1U : 0U;
    return at_work < std::max<std::size_t>(connections_.size() / 2, 1);
}

operation* lane::next() {
    if (!how_.one_each)
        return waiting_.take();
    return waiting_.take([this](const operation& op) { return may_go(op); });
}

void lane::note(const connection& c, const operation& op) noexcept {
    if (!how_.one_each)
        return;
    for (std::size_t i = 0; i < connections_.size(); ++i)
        if (connections_[i].get() == &c)
            served_[i] = op.values->first_id();
}

// One group: several reads under one sync, or one statement that wants a sync for itself. False: nothing was sent.
bool lane::fill(connection& c, std::size_t share, steady_clock::time_point now) {
    const auto room = std::min(window() - c.load(), largest_group);
    const auto most = how_.rule == sending::write || waiting_.next_goes_alone() ? 1 : std::min(share, room);
    std::size_t sent = 0;
    operation* last = nullptr;
    while (sent < most && (sent == 0 || !waiting_.next_goes_alone())) {
        auto* const op = next();
        if (op == nullptr)
            break;
        if (!c.send(*op, *op->what, *op->values, role::statement)) {
            // Its preparation may have been sent, it was not.
            c.take_back(*op);
            waiting_.push_first(*op);
            break;
        }
        note(c, *op);
        op->sent_at = now;
        metrics_.wait.observe(now - op->queued_at);
        last = op;
        ++sent;
    }
    if (sent > 0)
        c.sync(how_.rule == sending::write ? last : nullptr);
    return sent > 0;
}

void lane::count(const operation& op, steady_clock::time_point now) {
    if (op.sent_at != steady_clock::time_point{})
        metrics_.operation.observe(now - op.sent_at);
    if (!op.failed)
        return;
    const auto code = op.outcome.error().code;
    if (code == errc::outcome_unknown)
        metrics_.unknown.Increment();
    if (code == errc::deadline_exceeded)
        metrics_.timeouts.Increment();
}

void lane::settle(operation& op) {
    --depth_;
    op.settle(op, true);
}

void lane::settle_all(operation_list& ops) {
    const auto now = steady_clock::now();
    while (!ops.empty()) {
        auto& op = ops.front();
        ops.pop_front();
        count(op, now);
        settle(op);
    }
}

void lane::finished(operation& op, steady_clock::time_point now) {
    count(op, now);
    settle(op);
}

void lane::send_again(operation& op) {
    metrics_.retries.Increment();
    waiting_.push_first(op);
    schedule();
}

void lane::connected(connection&) {
    if (!waiting_.empty())
        schedule();
}

void lane::replied(connection&) {
    if (!waiting_.empty())
        schedule();
}

void lane::lost(connection&, operation_list& done, operation_list& again) {
    metrics_.reconnects.Increment();
    for (std::size_t i = 0; i < again.size(); ++i)
        metrics_.retries.Increment();
    waiting_.push_first(again);
    if (!waiting_.empty())
        schedule();
    settle_all(done);
}

void lane::end_patience() {
    how_.patient = false;
    connect_failed(*connections_.front());
}

void lane::connect_failed(connection& at) {
    if (how_.patient || !away())
        return;
    operation_list done;
    waiting_.fail_all({errc::dependency_unavailable, "PostgreSQL is away: " + at.last_error()}, done);
    settle_all(done);
}

bool lane::sweep(steady_clock::time_point now) {
    operation_list done;
    waiting_.expire(now, done);
    std::size_t in_flight = 0;
    std::size_t up = 0;
    bool busy = false;
    for (const auto& c : connections_) {
        c->expire(now, done);
        around_.cancel.send(c->overdue(now));
        in_flight += c->load();
        up += c->ready() ? 1U : 0U;
        busy = busy || !c->idle();
    }
    metrics_.pending.Set(static_cast<double>(waiting_.size()));
    metrics_.in_flight.Set(static_cast<double>(in_flight));
    metrics_.connections.Set(static_cast<double>(up));
    metrics_.publish();
    settle_all(done);
    return busy || depth_ > 0;
}

void lane::close(bool resume) {
    if (std::exchange(closed_, true))
        return;
    refusing_ = true;
    operation_list done;
    operation_list again;
    for (const auto& c : connections_)
        c->close(done, again);
    const error why{errc::shutting_down, "the database client was closed"};
    waiting_.fail_all(why, done);
    while (!again.empty()) {
        auto& op = again.front();
        again.pop_front();
        op.fail(why);
        done.push_back(op);
    }
    done.splice(done.end(), given_up_);
    while (!done.empty()) {
        auto& op = done.front();
        done.pop_front();
        --depth_;
        op.settle(op, resume);
    }
}

} // namespace bursar::db
