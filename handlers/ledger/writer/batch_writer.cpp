#include "handlers/ledger/writer/batch_writer.hpp"

#include "db/failures.hpp"
#include "db/suspension.hpp"
#include "handlers/ledger/writer/batch_failures.hpp"
#include "handlers/ledger/writer/decision.hpp"
#include "handlers/ledger/writer/writer_clock.hpp"
#include "handlers/ledger/writer/writer_metrics.hpp"
#include "server/telemetry/log.hpp"

#include <boost/asio/post.hpp>

namespace bursar::handlers::transfers {

using db::repositories::account_locks;
using server::errc;
using server::error;
using server::offered;
using server::steady_clock;
using namespace std::chrono_literals;

// Whoever waits for submissions: lives in its coroutine's frame.
struct batch_writer::waiter {
    db::suspension caller;
    std::size_t remaining = 0;
};

struct batch_writer::submission {
    std::vector<instruction> instructions; // done together or not at all
    deadline until;
    steady_clock::time_point queued_at;
    waiter* waiting = nullptr; // null: answered, or the caller has gone
    enum class stage : std::uint8_t { not_done, in_doubt, answered } at = stage::not_done;
    bool repeated = false; // its key was found
    result<std::vector<outcome>> answer{errc::outcome_unknown};
};

namespace {

constexpr auto watch_interval = 100ms;
// After another process was in the way, accounts are locked before they are read for this long.
constexpr auto contention_memory = 1s;
constexpr std::size_t answers_at_once = 32;

} // namespace

batch_writer::batch_writer(
    server::asio::io_context& loop, db::client& database, const db::repositories::transfer_batch_repository& rows,
    const db::repositories::period_repository& periods, prometheus::Registry& registry, writer_options options)
    : loop_(loop)
    , database_(database)
    , rows_(rows)
    , periods_(periods)
    , options_(std::move(options))
    , metrics_(std::make_unique<writer_metrics>(registry))
    , clock_(std::make_unique<writer_clock>(registry))
    , watch_(loop.get_executor())
    , tasks_(loop) {}

// The loop has ended: callers that still wait go with their frames.
batch_writer::~batch_writer() {
    queue_.remove_if([](auto& s) {
        drop(*s);
        return true;
    });
}

void batch_writer::drop(submission& s) {
    if (auto* const waiting = std::exchange(s.waiting, nullptr); waiting != nullptr)
        waiting->caller.discard();
}

awaitable<result<outcome>> batch_writer::write(instruction what, deadline until) {
    std::vector<instruction> whole;
    whole.push_back(std::move(what));
    auto done = co_await write_group(std::move(whole), until);
    if (!done)
        co_return done.error();
    co_return std::move(done->front());
}

awaitable<result<std::vector<outcome>>> batch_writer::write_group(std::vector<instruction> whole, deadline until) {
    if (whole.empty())
        co_return std::vector<outcome>{};
    if (!queue_.has_room(whole.front().org, weight_of(whole), options_.queue)) {
        metrics_->refused();
        co_return error{errc::overloaded, "the ledger's queue is full"};
    }
    auto made = std::make_shared<submission>();
    made->instructions = std::move(whole);
    made->until = until;
    const submission_list one{made};
    co_await submit(one);
    co_return std::move(made->answer);
}

awaitable<std::vector<result<outcome>>> batch_writer::write_each(std::vector<instruction> all, deadline until) {
    std::vector<result<outcome>> out;
    if (all.empty())
        co_return out;
    if (!queue_.has_room(all.front().org, weight_of(all), options_.queue)) {
        metrics_->refused();
        out.assign(all.size(), error{errc::overloaded, "the ledger's queue is full"});
        co_return out;
    }
    submission_list made;
    made.reserve(all.size());
    for (auto& what : all) {
        made.push_back(std::make_shared<submission>());
        made.back()->instructions.push_back(std::move(what));
        made.back()->until = until;
    }
    co_await submit(made);
    out.reserve(made.size());
    for (auto& s : made) {
        if (s->answer)
            out.emplace_back(std::move(s->answer->front()));
        else
            out.emplace_back(s->answer.error());
    }
    co_return out;
}

awaitable<> batch_writer::submit(submission_list made) {
    waiter wanted;
    wanted.remaining = made.size();
    const auto now = steady_clock::now();
    for (const auto& s : made) {
        s->waiting = &wanted;
        s->queued_at = now;
        queue_.push(s->instructions.front().org, s, weight_of(s->instructions));
        blocked_ = blocked_ && touches_busy(*s);
    }
    metrics_->queued(queue_.weight());
    schedule();
    watch();
    // A caller that is cancelled goes on the next turn. What of it is not begun by then never is.
    const auto abandon = [this, &made] {
        waiter* waiting = nullptr;
        for (const auto& s : made)
            if (s->waiting != nullptr)
                waiting = std::exchange(s->waiting, nullptr);
        if (waiting != nullptr)
            server::asio::post(loop_, [waiting] { waiting->caller.resume(); });
    };
    co_await wanted.caller.wait(abandon);
}

void batch_writer::schedule() {
    if (std::exchange(scheduled_, true))
        return;
    server::asio::post(loop_, [this] { turn(); });
}

void batch_writer::turn() {
    scheduled_ = false;
    while (under_way_.size() < options_.batches && !queue_.empty() && !blocked_) {
        auto taken = std::make_shared<submission_list>(take());
        if (taken->empty())
            return;
        under_way_.push_back(taken);
        tasks_.spawn("ledger_batch", run(std::move(taken)));
    }
}

// The accounts of a submission, and its targets: whoever settles a target touches its accounts too.
template <class Visit>
bool batch_writer::any_account(const submission& s, Visit visit) {
    for (const auto& what : s.instructions)
        for (const auto& l : what.legs)
            if (visit(l.debit_account_id) || visit(l.credit_account_id))
                return true;
    return false;
}

template <class Visit>
void batch_writer::each_account(const submission& s, Visit visit) {
    any_account(s, [&](const uuid& id) {
        visit(id);
        return false;
    });
}

bool batch_writer::touches_busy(const submission& s) const {
    return any_account(s, [this](const uuid& id) { return busy_.contains(id); });
}

// The next batch, in the order of arrival within an organization. What touches an account under way waits, and so does
// what touches an account of one that waits, so that nobody is overtaken on an account.
batch_writer::submission_list batch_writer::take() {
    submission_list taken;
    submission_list late;
    account_set held_back;
    std::size_t size = 0;
    std::size_t passed = 0;
    const auto now = steady_clock::now();
    queue_.offer(options_.turn, [&](std::shared_ptr<submission>& next) {
        const auto count = weight_of(next->instructions);
        if (size >= options_.instructions || passed >= 2 * options_.instructions)
            return offered::enough;
        if (next->waiting == nullptr || next->until <= now) {
            late.push_back(std::move(next));
            return offered::taken;
        }
        if (size > 0 && size + count > options_.instructions)
            return offered::enough;
        const bool waits = any_account(*next, [&](const uuid& id) {
            return busy_.contains(id) || (!held_back.empty() && held_back.contains(id));
        });
        if (waits) {
            each_account(*next, [&](const uuid& id) { held_back.insert(id); });
            ++passed;
            return offered::left;
        }
        metrics_->waited(now - next->queued_at);
        size += count;
        taken.push_back(std::move(next));
        return offered::taken;
    });
    for (auto& s : taken)
        each_account(*s, [&](const uuid& id) { busy_.insert(id); });
    blocked_ = taken.empty() && passed > 0;
    metrics_->queued(queue_.weight());
    for (auto& s : late)
        give_up(*s);
    return taken;
}

void batch_writer::answer(submission& s) {
    auto* const waiting = std::exchange(s.waiting, nullptr);
    if (waiting != nullptr && --waiting->remaining == 0)
        waiting->caller.resume();
}

// Its deadline has passed.
void batch_writer::give_up(submission& s) {
    if (s.at == submission::stage::in_doubt)
        fail(s, error{errc::outcome_unknown, "sent, and not answered in time"});
    else if (s.at == submission::stage::not_done)
        fail(s, error{errc::deadline_exceeded, "not written in time"});
    answer(s);
}

// Whose transfer was made by an earlier request never gets an answer that sounds as if it was not.
void batch_writer::fail(submission& s, const error& why) {
    s.answer = s.repeated ? error{errc::outcome_unknown, why.detail} : why;
}

// Callers that wait behind a database that does not answer are answered in time, begun or not.
void batch_writer::watch() {
    if (std::exchange(watching_, true))
        return;
    watch_.expires_after(watch_interval);
    watch_.async_wait([this](boost::system::error_code cancelled) {
        if (cancelled)
            return;
        watching_ = false;
        const auto now = steady_clock::now();
        submission_list late;
        queue_.remove_if([&](auto& s) {
            if (s->until > now)
                return false;
            late.push_back(std::move(s));
            return true;
        });
        for (const auto& batch : under_way_)
            for (const auto& s : *batch)
                if (s->waiting != nullptr && s->until <= now)
                    late.push_back(s);
        for (auto& s : late)
            give_up(*s);
        if (!queue_.empty() || !under_way_.empty())
            watch();
    });
}

// Should the loop end while the batch waits for the database, its callers go with it.
struct batch_writer::taken_guard {
    std::shared_ptr<submission_list> taken;
    ~taken_guard() {
        for (auto& s : *taken)
            drop(*s);
    }
};

// The database gets its next batch before this one's callers are answered, and is heard in between: it never waits for
// them.
awaitable<> batch_writer::run(std::shared_ptr<submission_list> taken) {
    const taken_guard guard{taken};
    std::vector<submission_list> parts;
    parts.push_back(*taken);
    while (!parts.empty()) {
        auto part = std::move(parts.back());
        parts.pop_back();
        auto failed = co_await persist_or_fail(part);
        if (!failed)
            continue;
        if (part.size() > 1 && is_of_one_member(*failed)) {
            metrics_->bisected();
            const auto middle = part.begin() + static_cast<std::ptrdiff_t>(part.size() / 2);
            parts.emplace_back(middle, part.end());
            parts.emplace_back(part.begin(), middle);
            continue;
        }
        for (auto& s : part) {
            fail(*s, *failed);
            s->at = submission::stage::answered;
        }
    }
    for (auto& s : *taken)
        each_account(*s, [&](const uuid& id) { busy_.erase(id); });
    std::erase(under_way_, taken);
    blocked_ = false;
    turn();
    for (std::size_t i = 0; i < taken->size(); ++i) {
        if (i % answers_at_once == answers_at_once - 1)
            co_await server::asio::post(loop_, server::use_awaitable);
        answer(*(*taken)[i]);
    }
}

// A batch that ended otherwise would keep its accounts, and leave its callers unanswered. What was sent is in doubt.
awaitable<std::optional<error>> batch_writer::persist_or_fail(submission_list& part) {
    try {
        co_return co_await persist(part);
    } catch (const std::exception&) {
        server::log_exception("ledger_batch_failed", std::current_exception());
    }
    const auto in_doubt = [](const auto& s) { return s->at == submission::stage::in_doubt; };
    co_return error{
        std::any_of(part.begin(), part.end(), in_doubt) ? errc::outcome_unknown : errc::internal,
        "the batch failed for a reason of our own"};
}

// Tries again what another transaction was in the way of, and what found no partition once they were made.
awaitable<std::optional<error>> batch_writer::persist(submission_list& part) {
    for (int attempts = 1;; ++attempts) {
        auto failed = co_await attempt(part);
        if (!failed)
            co_return std::nullopt;
        if (failed->constraint == db::no_partition) {
            metrics_->no_partition(*failed);
            if (attempts > 1 || !options_.make_partitions)
                co_return failed;
            co_await options_.make_partitions();
            continue;
        }
        const bool in_the_way = failed->retry() == server::retry_class::at_once || writer_clock::was_late(*failed);
        if (!is_worth_another(*failed, in_the_way, attempts, part.size()))
            co_return failed;
        metrics_->retried();
        if (failed->retry() == server::retry_class::at_once)
            contended_until_ = steady_clock::now() + contention_memory;
    }
}

struct batch_writer::attempt_state {
    steady_clock::time_point started = steady_clock::now();
    deadline until;
    std::vector<group> groups;
    db::repositories::batch_reading asked;
    std::vector<uuid> backdating; // organizations
    clock_reading decided;
};

// Those whose time is up leave, and are told: nothing of theirs is sent from here on. False when nobody is left.
bool batch_writer::drop_late(submission_list& part, attempt_state& state) {
    const auto now = steady_clock::now();
    for (const auto& s : part)
        if (s->until <= now)
            give_up(*s);
    const auto gone = std::erase_if(part, [now](const auto& s) { return s->until <= now; });
    if (gone > 0 || state.groups.empty()) {
        state.groups.clear();
        state.groups.reserve(part.size());
        for (const auto& s : part)
            state.groups.emplace_back(s->instructions);
    }
    return !part.empty();
}

awaitable<std::optional<error>> batch_writer::attempt(submission_list& part) {
    attempt_state state;
    if (!drop_late(part, state))
        co_return std::nullopt;
    const auto last =
        std::max_element(part.begin(), part.end(), [](const auto& a, const auto& b) { return a->until < b->until; });
    state.until = std::min(state.started + options_.patience, (*last)->until);
    if (std::exchange(timeline_, database_.timeline()) != database_.timeline())
        known_.forget_all();
    state.asked = reading_for(state.groups);
    state.backdating = backdating(state.groups);
    auto locks = state.started < contended_until_ ? account_locks::taken : account_locks::none;
    if (locks == account_locks::none && state.asked.targets.empty() && state.backdating.empty()) {
        const auto failed = co_await attempt_from_memory(part, state);
        if (!failed)
            co_return std::nullopt;
        // What is wrong with it shows when it is read; after an unknown outcome nothing may be sent again.
        if (failed->code != errc::conflict && failed->retry() != server::retry_class::at_once)
            co_return failed;
        locks = account_locks::taken;
    }
    co_return co_await attempt_with_reading(part, state, locks);
}

awaitable<std::optional<error>> batch_writer::attempt_from_memory(submission_list& part, attempt_state& state) {
    db::repositories::batch_reading unknown;
    batch_facts facts;
    facts.accounts = known_.find(state.asked.accounts, unknown.accounts);
    auto begun = co_await database_.begin_batch(state.until);
    if (!begun)
        co_return begun.error();
    if (!unknown.accounts.empty()) {
        auto found = co_await rows_.read(*begun, unknown, account_locks::none, state.until);
        if (!found)
            co_return found.error();
        std::move(found->accounts.begin(), found->accounts.end(), std::back_inserter(facts.accounts));
        facts.floor = found->floor;
    }
    floor_ = std::max(floor_, facts.floor);
    if (!drop_late(part, state))
        co_return std::nullopt;
    const auto now = clock_->read();
    if (!now)
        co_return now.error();
    state.decided = *now;
    decision made{state.groups, std::move(facts), state.asked, std::max(now->wall, floor_)};
    if (!made.all_made())
        co_return error{errc::conflict, "not all can be done"};
    co_return co_await write(part, state, made, *begun);
}

// A refusal stands only on accounts that nobody can move meanwhile: the money might come, and the same request be done
// by another process.
awaitable<std::optional<error>>
batch_writer::attempt_with_reading(submission_list& part, attempt_state& state, account_locks locks) {
    auto begun = co_await database_.begin_batch(state.until);
    if (!begun)
        co_return begun.error();
    std::optional<decision> made;
    for (;; locks = account_locks::taken) {
        auto facts = co_await rows_.read(*begun, state.asked, locks, state.until);
        if (!facts)
            co_return facts.error();
        if (!state.backdating.empty()) {
            auto closed = co_await periods_.find_books(*begun, state.backdating, state.until);
            if (!closed)
                co_return closed.error();
            facts->closed = std::move(*closed);
        }
        if (!facts->accounts.empty())
            floor_ = facts->floor;
        if (!drop_late(part, state))
            co_return std::nullopt;
        const auto now = clock_->read();
        if (!now)
            co_return now.error();
        state.decided = *now;
        made.emplace(state.groups, std::move(*facts), state.asked, std::max(now->wall, floor_));
        if (locks == account_locks::taken || made->writing().refusals.empty())
            break;
    }
    co_return co_await write(part, state, *made, *begun);
}

// What was found of earlier requests is answered when it lasts, like what is written.
awaitable<std::optional<error>>
batch_writer::write(const submission_list& part, attempt_state& state, decision& made, db::transaction& on) {
    for (std::size_t i = 0; i < part.size(); ++i) {
        part[i]->repeated = is_repeated(made.outcomes()[i]);
        part[i]->at = submission::stage::in_doubt;
    }
    result<> written;
    if (made.nothing_to_write())
        written = co_await on.confirm(state.until);
    else
        written = co_await rows_.write(on, made.writing(), {state.decided.wall, clock_->under_way()}, state.until);
    if (written) {
        finish(part, state, made);
        co_return std::nullopt;
    }
    known_.forget(state.asked.accounts);
    if (written.error().code != errc::outcome_unknown)
        for (const auto& s : part)
            s->at = submission::stage::not_done;
    co_return clock_->judge(written.error(), state.decided);
}

void batch_writer::finish(const submission_list& part, attempt_state& state, decision& made) {
    if (!made.nothing_to_write())
        clock_->agreed(state.decided);
    known_.keep(made.accounts());
    metrics_->committed(made, steady_clock::now() - state.started);
    for (std::size_t i = 0; i < part.size(); ++i) {
        part[i]->answer = std::move(made.outcomes()[i]);
        part[i]->at = submission::stage::answered;
    }
}

} // namespace bursar::handlers::transfers
