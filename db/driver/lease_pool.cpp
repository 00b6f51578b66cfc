#include "db/driver/lease_pool.hpp"

#include "db/suspension.hpp"

#include <boost/asio/post.hpp>

namespace bursar::db {

using role = pipeline::role;
using server::steady_clock;
using namespace std::chrono_literals;

namespace {

// How long a returned connection may take to roll back before it is dropped.
constexpr auto return_patience = 5s;
constexpr std::size_t opened_at_start = 2;

} // namespace

struct lease_pool::request final : lease_request {
    suspension caller;
};

struct lease_pool::turn {
    std::shared_ptr<lease_pool> self;
    void operator()() const { self->run_turn(); }
};

lease_pool::lease_pool(lane::surroundings around, settings how, pool_metrics& metrics)
    : around_(around)
    , how_(std::move(how))
    , metrics_(metrics) {
    places_.reserve(how_.connections);
}

lease_pool::~lease_pool() {
    close(false);
}

void lease_pool::open() {
    for (std::size_t i = 0; i < std::min(opened_at_start, how_.connections); ++i)
        grow();
}

void lease_pool::grow() {
    places_.push_back({std::make_shared<connection>(around_->loop, how_.connect, *this)});
    places_.back().at->open();
}

bool lease_pool::reachable() const noexcept {
    return std::any_of(places_.begin(), places_.end(), [](const auto& p) { return p.at->ready(); });
}

bool lease_pool::idle() const noexcept {
    return waiting_.empty() && served_.empty() &&
           std::all_of(places_.begin(), places_.end(), [](const auto& p) { return p.now == use::free; });
}

bool lease_pool::away() const noexcept {
    return !reachable() && std::all_of(places_.begin(), places_.end(), [](const auto& p) { return p.at->away(); });
}

std::optional<error> lease_pool::refusal(deadline until, steady_clock::time_point now) const {
    if (refusing_)
        return error{errc::shutting_down, "the database client is stopping"};
    if (until <= now)
        return error{errc::deadline_exceeded, "past its deadline before a connection was leased"};
    if (waiting_.size() >= how_.queue) {
        metrics_.refused.Increment();
        return error{errc::overloaded, "too many callers wait for a connection"};
    }
    if (away())
        return error{errc::dependency_unavailable, "PostgreSQL is away: " + places_.front().at->last_error()};
    return std::nullopt;
}

awaitable<result<std::shared_ptr<connection>>> lease_pool::acquire(deadline until) {
    const auto now = steady_clock::now();
    if (auto no = refusal(until, now))
        co_return std::move(*no);
    if (waiting_.empty()) {
        if (auto* const p = available()) {
            p->now = use::leased;
            metrics_.wait.observe({});
            watch();
            co_return p->at;
        }
    }
    request self;
    self.until = until;
    self.queued_at = now;
    self.settle = [](lease_request& r, bool resume) {
        auto& caller = static_cast<request&>(r).caller;
        resume ? caller.resume() : caller.discard();
    };
    waiting_.push_back(self);
    const auto coming = std::count_if(
        places_.begin(), places_.end(), [](const auto& p) { return p.now == use::free && !p.at->ready(); });
    if (places_.size() < how_.connections && static_cast<std::size_t>(coming) < waiting_.size())
        grow();
    watch();
    const auto abandon = [this, &self] { give_up(self); };
    co_await self.caller.wait(abandon);
    co_return std::move(self.outcome);
}

void lease_pool::give_up(lease_request& r) {
    if (!std::exchange(r.waiting, false))
        return;
    waiting_.erase(waiting_.iterator_to(r));
    r.outcome = error{errc::deadline_exceeded, "given up before a connection was leased"};
    served_.push_back(r);
    schedule();
}

void lease_pool::give_up(connection& c, operation& op) {
    if (op.at != operation::stage::sent)
        return;
    c.abandon(op);
    given_up_.push_back(op);
    schedule();
}

lease_pool::place* lease_pool::find(const connection& c) noexcept {
    const auto at = std::find_if(places_.begin(), places_.end(), [&c](const auto& p) { return p.at.get() == &c; });
    return at == places_.end() ? nullptr : &*at;
}

lease_pool::place* lease_pool::available() noexcept {
    const auto at =
        std::find_if(places_.begin(), places_.end(), [](const auto& p) { return p.now == use::free && p.at->ready(); });
    return at == places_.end() ? nullptr : &*at;
}

// Callers are resumed on the next turn, not here: this runs within a release, that is, within a destructor.
void lease_pool::serve() {
    while (!waiting_.empty()) {
        auto* const p = available();
        if (p == nullptr)
            break;
        auto& r = waiting_.front();
        waiting_.pop_front();
        p->now = use::leased;
        r.waiting = false;
        r.outcome = p->at;
        metrics_.wait.observe(steady_clock::now() - r.queued_at);
        served_.push_back(r);
    }
    if (!served_.empty())
        schedule();
}

void lease_pool::schedule() {
    if (around_ && !std::exchange(scheduled_, true))
        server::asio::post(around_->loop, turn{shared_from_this()});
}

void lease_pool::run_turn() {
    scheduled_ = false;
    if (!around_)
        return;
    operation_list gone;
    gone.swap(given_up_);
    settle_all(gone);
    // Bounded by what is there now: a resumed caller may be served again.
    for (auto left = served_.size(); left > 0 && !served_.empty(); --left) {
        auto& r = served_.front();
        served_.pop_front();
        r.settle(r, true);
    }
    if (!served_.empty())
        schedule();
}

void lease_pool::release(const std::shared_ptr<connection>& c, bool dirty, bool cancel) {
    auto* const p = around_ ? find(*c) : nullptr;
    if (p == nullptr)
        return;
    if (dirty && c->ready()) {
        if (cancel) {
            around_->cancel.send(c->give_up("its caller gave a transaction up"));
            p->now = use::free;
            return serve();
        }
        c->send_text("ROLLBACK", role::housekeeping, nullptr);
        c->sync(nullptr);
        c->flush();
        p->now = use::returning;
        p->return_by = steady_clock::now() + return_patience;
        watch();
        return;
    }
    p->now = use::free;
    serve();
}

void lease_pool::connected(connection& at) {
    auto* const p = find(at);
    if (p != nullptr && p->now == use::returning)
        p->now = use::free;
    serve();
}

void lease_pool::replied(connection& at) {
    auto* const p = find(at);
    if (p == nullptr || p->now != use::returning || !at.idle())
        return;
    if (!at.clean())
        return at.drop("a transaction stayed open after ROLLBACK");
    p->now = use::free;
    serve();
}

void lease_pool::settle(operation& op, steady_clock::time_point now) {
    metrics_.operation.observe(now - op.sent_at);
    if (op.failed && op.outcome.error().code == errc::outcome_unknown)
        metrics_.unknown.Increment();
    if (op.failed && op.outcome.error().code == errc::deadline_exceeded)
        metrics_.timeouts.Increment();
    op.settle(op, true);
}

void lease_pool::settle_all(operation_list& ops) {
    const auto now = steady_clock::now();
    while (!ops.empty()) {
        auto& op = ops.front();
        ops.pop_front();
        settle(op, now);
    }
}

void lease_pool::finished(operation& op, steady_clock::time_point now) {
    settle(op, now);
}

// A pipeline sends no transaction again.
void lease_pool::send_again(operation&) {}

void lease_pool::lost(connection& at, operation_list& done, operation_list&) {
    metrics_.reconnects.Increment();
    auto* const p = find(at);
    if (p != nullptr && p->now == use::returning)
        p->now = use::free;
    settle_all(done);
}

void lease_pool::end_patience() {
    how_.patient = false;
    connect_failed(*places_.front().at);
}

void lease_pool::connect_failed(connection& at) {
    if (how_.patient || !away())
        return;
    for (auto& r : waiting_) {
        r.waiting = false;
        r.outcome = error{errc::dependency_unavailable, "PostgreSQL is away: " + at.last_error()};
    }
    served_.splice(served_.end(), waiting_);
    if (!served_.empty())
        schedule();
}

bool lease_pool::sweep(steady_clock::time_point now) {
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        auto& r = *at;
        if (r.until > now) {
            ++at;
            continue;
        }
        at = waiting_.erase(at);
        r.waiting = false;
        r.outcome = error{errc::deadline_exceeded, "no connection became free in time"};
        metrics_.timeouts.Increment();
        served_.push_back(r);
    }
    operation_list done;
    std::size_t leased = 0;
    std::size_t up = 0;
    bool busy = false;
    for (auto& p : places_) {
        p.at->expire(now, done);
        around_->cancel.send(p.at->overdue(now));
        if (p.now == use::returning && p.return_by <= now)
            p.at->drop("a returned connection did not roll back in time");
        leased += p.now == use::leased ? 1U : 0U;
        up += p.at->ready() ? 1U : 0U;
        busy = busy || p.now != use::free;
    }
    metrics_.pending.Set(static_cast<double>(waiting_.size()));
    metrics_.in_flight.Set(static_cast<double>(leased));
    metrics_.connections.Set(static_cast<double>(up));
    metrics_.publish();
    if (!served_.empty())
        schedule();
    const bool again = busy || !waiting_.empty() || !served_.empty() || !done.empty();
    settle_all(done);
    return again;
}

void lease_pool::close(bool resume) {
    if (!around_)
        return;
    refusing_ = true;
    operation_list done;
    operation_list again;
    for (const auto& p : places_)
        p.at->close(done, again);
    around_.reset();
    done.splice(done.end(), given_up_);
    while (!done.empty()) {
        auto& op = done.front();
        done.pop_front();
        op.settle(op, resume);
    }
    served_.splice(served_.end(), waiting_);
    while (!served_.empty()) {
        auto& r = served_.front();
        served_.pop_front();
        r.waiting = false;
        r.outcome = error{errc::shutting_down, "the database client was closed"};
        r.settle(r, resume);
    }
}

} // namespace bursar::db
