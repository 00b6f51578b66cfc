#include "handlers/ledger/scheduled_transfers/runner.hpp"

#include "handlers/ledger/scheduled_transfers/service.hpp"
#include "server/secret.hpp"
#include "server/telemetry/log.hpp"

#include <algorithm>

namespace bursar::handlers::scheduled_transfers {

using db::repositories::missed_runs;
using db::repositories::run_outcome;
using db::repositories::scheduled_transfer_repository;
using server::steady_clock;
using transfers::instruction;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 10s;
static_assert(patience + 10s <= scheduled_transfer_repository::claim_time, "a run must not outlive its claim");

void log_failure(std::string_view event, const server::error& why) {
    server::log_warning(event).with("code", server::describe(why.code).name).with("error", why.detail);
}

// Nobody came near it in time, and it is not wanted any more.
bool is_missed(const due_schedule& d) {
    return d.schedule.missed == missed_runs::skip && !d.tried && *d.schedule.next_run_at + punctuality < d.now;
}

// Missed ones are made up for one by one, or by the one that is due now.
std::optional<timestamp> next_of(const due_schedule& d) {
    const auto due = *d.schedule.next_run_at;
    const auto next = next_run(d.schedule, d.schedule.missed == missed_runs::all ? due : std::max(due, d.now));
    if (next)
        return *next;
    // It could be read when it was made; a zone may have left the tz database.
    server::log_error("schedule_without_a_next_run").with("schedule", d.schedule.id);
    return std::nullopt;
}

finished_run finished(const due_schedule& d, run_outcome outcome) {
    return {d.org, d.schedule.id, *d.schedule.next_run_at, outcome, {}, {}, next_of(d)};
}

instruction instruction_for(const due_schedule& d) {
    const auto& from = d.schedule;
    instruction out;
    out.org = d.org;
    out.actor = d.actor;
    for (const auto& l : from.legs)
        out.legs.push_back({l.debit_account_id, l.credit_account_id, l.amount});
    out.description = from.description;
    out.external_reference = from.external_reference;
    out.metadata = from.metadata.text;
    out.idempotency_key =
        uuid::v8(server::sha256("scheduled " + from.id.to_string() + ' ' + server::to_rfc3339(*from.next_run_at)));
    out.request_hash = out.idempotency_key;
    out.request_id = "schedule-" + from.id.to_string();
    return out;
}

// nullopt: nothing was decided.
std::optional<finished_run> run_of(const due_schedule& d, const result<transfers::outcome>& made) {
    if (!made)
        return std::nullopt;
    auto out = finished(d, run_outcome::ran);
    if (const auto* const fresh = std::get_if<db::repositories::transfer>(&*made)) {
        out.transfer_id = fresh->id;
    } else if (const auto* const before = std::get_if<transfers::replay>(&*made)) {
        out.transfer_id = before->transfer_id;
    } else {
        const auto& standing = server::describe(std::get<transfers::refusal>(*made).reason.code);
        if (standing.status >= 500)
            return std::nullopt;
        out.outcome = run_outcome::refused;
        out.code = std::string{standing.name};
    }
    return out;
}

} // namespace

runner::runner(
    db::client& database, const scheduled_transfer_repository& rows, transfers::batch_writer& writer,
    prometheus::Registry& metrics)
    : database_(database)
    , rows_(rows)
    , writer_(writer)
    , runs_(prometheus::BuildCounter()
                .Name("bursar_scheduled_transfer_runs_total")
                .Help("Runs of scheduled transfers by what became of them; those that failed are tried again.")
                .Register(metrics))
    , ran_(runs_.Add({{"outcome", "ran"}}))
    , refused_(runs_.Add({{"outcome", "refused"}}))
    , missed_(runs_.Add({{"outcome", "missed"}}))
    , failed_(runs_.Add({{"outcome", "failed"}})) {}

void runner::count(run_outcome outcome) {
    (outcome == run_outcome::ran ? ran_ : outcome == run_outcome::refused ? refused_ : missed_).Increment();
}

awaitable<std::vector<finished_run>> runner::transfer(std::vector<due_schedule> due) {
    std::vector<instruction> all;
    for (const auto& each : due)
        all.push_back(instruction_for(each));
    const auto made = co_await writer_.write_each(std::move(all), steady_clock::now() + patience);
    std::vector<finished_run> out;
    for (std::size_t i = 0; i < due.size(); ++i) {
        if (auto run = run_of(due[i], made[i])) {
            out.push_back(std::move(*run));
            continue;
        }
        failed_.Increment();
        log_failure("scheduled_run_failed", made[i] ? std::get<transfers::refusal>(*made[i]).reason : made[i].error());
    }
    co_return out;
}

awaitable<bool> runner::run_due() {
    const auto now = server::read_clocks();
    if (!clock_.believes(now))
        co_return false;
    clock_.confirm(now);
    auto due = co_await rows_.claim(database_, now.wall, steady_clock::now() + patience);
    if (!due) {
        log_failure("schedules_not_claimed", due.error());
        co_return false;
    }
    if (due->empty())
        co_return false;
    const bool more = due->size() == std::size_t{scheduled_transfer_repository::claim_limit};
    const auto wanted = std::stable_partition(due->begin(), due->end(), is_missed);
    std::vector<finished_run> over;
    for (auto at = due->begin(); at != wanted; ++at)
        over.push_back(finished(*at, run_outcome::missed));
    due->erase(due->begin(), wanted);
    for (auto& run : co_await transfer(std::move(*due)))
        over.push_back(std::move(run));
    if (over.empty())
        co_return false;
    const auto done = co_await rows_.finish(database_, over, steady_clock::now() + patience);
    if (!done) {
        log_failure("schedules_not_moved_on", done.error());
        co_return false;
    }
    for (const auto outcome : *done)
        count(outcome);
    const bool behind =
        std::any_of(over.begin(), over.end(), [&](const auto& run) { return run.next_at && *run.next_at <= now.wall; });
    co_return more || behind;
}

} // namespace bursar::handlers::scheduled_transfers
