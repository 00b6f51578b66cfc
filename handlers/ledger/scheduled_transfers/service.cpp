#include "handlers/ledger/scheduled_transfers/service.hpp"

#include "handlers/ledger/transfers/service.hpp"
#include "handlers/shared/refusals.hpp"
#include "server/cron.hpp"
#include "server/time_zone.hpp"

namespace bursar::handlers::scheduled_transfers {

using db::repositories::scheduled_leg;
using server::field_error;

namespace {

constexpr const char* no_zone = "is no name in the tz database";

// Which of the fields of a schedule may stand together, and what is wrong with those that say when: all of it.
std::vector<field_error> faults_of_form(const new_scheduled_transfer& input, timestamp now) {
    std::vector<field_error> out;
    const auto add = [&out](std::string pointer, std::string why) {
        out.push_back({std::move(pointer), std::move(why)});
    };
    if (input.run_at && input.cron)
        add("/cron", "cannot stand beside run_at");
    if (input.run_at && *input.run_at <= now)
        add("/run_at", "must lie in the future");
    if (input.run_at && !input.cron) {
        if (input.time_zone)
            add("/time_zone", "is for cron");
        if (input.ends_at)
            add("/ends_at", "is for cron");
        return out;
    }
    if (!input.run_at && !input.cron)
        add("/run_at", "is required, or cron");
    if (input.cron && !input.run_at)
        if (const auto expression = server::cron_expression::parse(*input.cron); !expression)
            add("/cron", expression.error().fields.front().message);
    if (input.time_zone && !server::find_time_zone(*input.time_zone))
        add("/time_zone", no_zone);
    else if (input.cron && !input.time_zone)
        add("/time_zone", "is required with cron");
    return out;
}

result<std::vector<scheduled_leg>> legs_of(const new_scheduled_transfer& input) {
    transfers::new_transfer as_of_now;
    as_of_now.debit_account_id = input.debit_account_id;
    as_of_now.credit_account_id = input.credit_account_id;
    as_of_now.amount = input.amount;
    if (input.legs) {
        auto& legs = as_of_now.legs.emplace();
        for (const auto& leg : *input.legs)
            legs.push_back({leg.debit_account_id, leg.credit_account_id, leg.amount, {}});
    }
    const auto moved = transfers::movements_of(as_of_now);
    if (!moved)
        return moved.error();
    std::vector<scheduled_leg> out;
    for (const auto& leg : moved->legs)
        out.push_back({leg.debit_account_id, leg.credit_account_id, leg.amount});
    return out;
}

} // namespace

result<std::optional<timestamp>> next_run(const scheduled_transfer& schedule, timestamp after) {
    if (!schedule.cron)
        return schedule.run_at > after ? schedule.run_at : std::nullopt;
    const auto expression = server::cron_expression::parse(*schedule.cron);
    if (!expression)
        return invalid("/cron", expression.error().fields.front().message);
    const auto zone = server::find_time_zone(*schedule.time_zone);
    if (!zone)
        return invalid("/time_zone", no_zone);
    const auto next = expression->next(absl::FromChrono(after), *zone);
    if (!next)
        return std::optional<timestamp>{};
    const auto at = std::chrono::time_point_cast<timestamp::duration>(absl::ToChronoTime(*next));
    return schedule.ends_at && at > *schedule.ends_at ? std::nullopt : std::optional{at};
}

awaitable<result<scheduled_transfer>>
service::create(db::session& on, const principal& caller, const new_scheduled_transfer& input, deadline until) const {
    const auto now = server::now();
    auto wrong = faults_of_form(input, now);
    auto legs = legs_of(input);
    if (!legs) {
        const auto why = legs.error();
        wrong.insert(wrong.end(), why.fields.begin(), why.fields.end());
    }
    if (!wrong.empty() || !legs)
        co_return error{errc::validation_failed, std::move(wrong)};
    scheduled_transfer fields;
    fields.legs = std::move(*legs);
    fields.description = input.description;
    fields.external_reference = input.external_reference;
    fields.metadata = input.metadata;
    fields.run_at = input.run_at;
    fields.cron = input.cron;
    fields.time_zone = input.time_zone;
    fields.ends_at = input.ends_at;
    fields.missed = input.missed;
    const auto next = next_run(fields, now);
    if (!next)
        co_return next.error();
    if (!*next)
        co_return fields.ends_at ? invalid("/ends_at", "is before the first run") : invalid("/cron", "never comes");
    fields.next_run_at = *next;
    if (auto fine = co_await check_accounts(on, caller, fields.legs, !input.legs, until); !fine)
        co_return fine.error();
    co_return co_await rows_.insert(on, caller.org, uuid::v7(), fields, caller.id, until);
}

awaitable<result<>> service::check_accounts(
    db::session& on, const principal& caller, const std::vector<scheduled_leg>& legs, bool short_form,
    deadline until) const {
    std::vector<uuid> ids;
    for (const auto& leg : legs) {
        ids.push_back(leg.debit_account_id);
        ids.push_back(leg.credit_account_id);
    }
    const auto found = co_await accounts_.balances(on, caller.org, ids, std::nullopt, until);
    if (!found)
        co_return found.error();
    for (std::size_t i = 0; i < legs.size(); ++i) {
        const auto& debit = (*found)[2 * i];
        const auto& credit = (*found)[2 * i + 1];
        if (!debit)
            co_return no_account(transfers::pointer_to(i, short_form, "debit_account_id"));
        if (!credit)
            co_return no_account(transfers::pointer_to(i, short_form, "credit_account_id"));
        if (debit->currency != credit->currency)
            co_return error{
                errc::currency_mismatch,
                std::vector<field_error>{
                    {transfers::pointer_to(i, short_form, "credit_account_id"), "is in " + credit->currency}}};
    }
    co_return result<>{};
}

awaitable<result<scheduled_transfer>>
service::get(db::session& on, const principal& caller, uuid id, deadline until) const {
    return rows_.find(on, caller.org, id, until);
}

awaitable<result<page<scheduled_transfer>>> service::list(
    db::session& on, const principal& caller, std::optional<schedule_status> status, std::optional<uuid> before,
    int limit, deadline until) const {
    return rows_.list(on, caller.org, status, before, limit, until);
}

awaitable<result<scheduled_transfer>>
service::cancel(db::session& on, const principal& caller, uuid id, deadline until) const {
    auto changed = co_await rows_.cancel(on, caller.org, id, until);
    if (!changed)
        co_return changed.error();
    if (*changed)
        co_return std::move(**changed);
    const auto found = co_await rows_.find(on, caller.org, id, until);
    if (!found)
        co_return found.error();
    if (found->status == schedule_status::active)
        co_return with_message(errc::conflict, "A run of it is under way; repeat the request in a moment.");
    co_return with_message(
        errc::invalid_state, found->status == schedule_status::cancelled
                                 ? "The scheduled transfer is cancelled already."
                                 : "The scheduled transfer has had its last run.");
}

} // namespace bursar::handlers::scheduled_transfers
