#include "db/repositories/ledger/scheduled_transfers.hpp"

#include "db/array.hpp"
#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

using server::schema::enum_name;

constexpr mapping schedule_row{
    column{"id", &scheduled_transfer::id},
    column{"status", &scheduled_transfer::status},
    column{"description", &scheduled_transfer::description},
    column{"external_reference", &scheduled_transfer::external_reference},
    column{"metadata", &scheduled_transfer::metadata},
    column{"run_at", &scheduled_transfer::run_at},
    column{"cron", &scheduled_transfer::cron},
    column{"time_zone", &scheduled_transfer::time_zone},
    column{"ends_at", &scheduled_transfer::ends_at},
    column{"next_run_at", &scheduled_transfer::next_run_at},
    column{"last_run_at", &scheduled_transfer::last_run_at},
    column{"last_transfer_id", &scheduled_transfer::last_transfer_id},
    column{"runs", &scheduled_transfer::runs},
    column{"version", &scheduled_transfer::version},
    column{"created_at", &scheduled_transfer::created_at},
    column{"updated_at", &scheduled_transfer::updated_at},
    column{"missed", &scheduled_transfer::missed},
    column{"last_refusal", &scheduled_transfer::last_refusal}};
const std::string schedule_columns = schedule_row.columns();

// Of the row with that alias.
std::string legs_of(const std::string& schedule, const std::string& org) {
    return " cross join lateral (select array_agg(debit_account_id order by leg) debits, "
           "array_agg(credit_account_id order by leg) credits, array_agg(amount order by leg) amounts "
           "from scheduled_transfer_legs where org_id = " +
           org + " and scheduled_transfer_id = " + schedule + ".id) legs";
}

constexpr int legs_column = schedule_row.width;
constexpr int behind_legs = legs_column + 3;

// The schedules that `found` selects, newest first, each with its legs.
std::string schedules_with_legs(const std::string& found, const std::string& last = {}) {
    return "select " + schedule_columns + ", debits, credits, amounts" + last + " from (" + found + ") found" +
           legs_of("found", "$1") + " order by id desc";
}

std::string list_schedules_sql(const std::vector<std::string>& conditions) {
    // 64 legs of 110 bytes among them.
    const listed_table listed{
        "scheduled_transfers", schedule_columns,
        "8000 + octet_length(metadata::text) + coalesce(octet_length(description), 0) + "
        "coalesce(octet_length(external_reference), 0)"};
    return schedules_with_legs(newest_page(listed, conditions), ", more");
}

scheduled_transfer read_scheduled(const row& from) {
    auto out = schedule_row(from);
    const auto debits = from.get<std::vector<uuid>>(legs_column);
    const auto credits = from.get<std::vector<uuid>>(legs_column + 1);
    const auto amounts = from.get<std::vector<std::int64_t>>(legs_column + 2);
    for (std::size_t i = 0; i < amounts.size(); ++i)
        out.legs.push_back({debits[i], credits[i], amounts[i]});
    return out;
}

// A claim far ahead was made by a clock that was wrong.
const std::string is_free =
    "(claimed_until is null or claimed_until <= now() or claimed_until > now() + interval '1 minute')";

const std::string claim_sql =
    "with due as (select org_id, id, claimed_until is not null tried from scheduled_transfers "
    "where status = 'active' and next_run_at <= least(now(), $1) and " +
    is_free + " order by next_run_at, org_id, id limit " + std::to_string(scheduled_transfer_repository::claim_limit) +
    " for no key update skip locked), "
    "claimed as (update scheduled_transfers s set claimed_until = now() + $2 * interval '1 second' from due "
    "where s.org_id = due.org_id and s.id = due.id returning s.*, due.tried) select " +
    schedule_columns + ", debits, credits, amounts, claimed.org_id, actor_id, tried, least(now(), $1) from claimed" +
    legs_of("claimed", "claimed.org_id") + " order by next_run_at";

const std::string finish_sql =
    "with moved as (update scheduled_transfers s set next_run_at = u.next_at, "
    "status = case when u.next_at is null then 'finished' else s.status end, "
    "last_run_at = case when u.outcome = 'missed' then s.last_run_at else u.due end, "
    "last_transfer_id = case when u.outcome = 'missed' then s.last_transfer_id else u.transfer_id end, "
    "last_refusal = case when u.outcome = 'missed' then s.last_refusal else u.code end, "
    "runs = s.runs + case when u.outcome = 'missed' then 0 else 1 end, "
    "claimed_until = null, version = s.version + 1, updated_at = now() "
    "from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[]) "
    "u (org_id, id, due, outcome, transfer_id, code, next_at) "
    "where s.org_id = u.org_id and s.id = u.id and s.status = 'active' and s.next_run_at = u.due "
    "returning u.*), "
    "event as (insert into events (org_id, type, resource_id, data) select org_id, 'scheduled_transfer.' || outcome, "
    "id, "
    "jsonb_strip_nulls(jsonb_build_object('scheduled_for', due, 'transfer_id', transfer_id, 'code', code)) from moved) "
    "select outcome from moved";

due_schedule read_due(const row& from) {
    return {
        from.get<uuid>(behind_legs), from.get<uuid>(behind_legs + 1), from.get<bool>(behind_legs + 2),
        from.get<timestamp>(behind_legs + 3), read_scheduled(from)};
}

} // namespace

scheduled_transfer_repository::scheduled_transfer_repository()
    : insert_(
          "scheduled_transfer.insert", access::write,
          "with made as (insert into scheduled_transfers (org_id, id, description, external_reference, metadata, "
          "run_at, cron, time_zone, ends_at, next_run_at, actor_id, missed) "
          "values ($1, $2, $6, $7, $8::text::json, $9, $10, $11, $12, $13, $14, $15) returning *), "
          "legs as (insert into scheduled_transfer_legs "
          "(org_id, scheduled_transfer_id, leg, debit_account_id, credit_account_id, amount) "
          "select $1, $2, u.n - 1, u.debit, u.credit, u.amount "
          "from unnest($3::uuid[], $4::uuid[], $5::int8[]) with ordinality u (debit, credit, amount, n)) "
          "select " +
              schedule_columns + ", $3, $4, $5 from made")
    , find_(
          "scheduled_transfer.find", access::read,
          schedules_with_legs("select * from scheduled_transfers where org_id = $1 and id = $2"))
    , list_("scheduled_transfer.list", access::read, list_schedules_sql({}))
    , list_by_status_(
          "scheduled_transfer.list", access::read,
          list_schedules_sql({"status = $" + std::to_string(first_filter_parameter)}))
    , cancel_(
          "scheduled_transfer.cancel", access::write,
          "with changed as (update scheduled_transfers set status = 'cancelled', next_run_at = null, "
          "version = version + 1, updated_at = now() where org_id = $1 and id = $2 and status = 'active' and " +
              is_free + " returning *) " + schedules_with_legs("select * from changed"))
    , claim_("scheduled_transfer.claim", access::write, claim_sql)
    , finish_("scheduled_transfer.finish", access::write, finish_sql) {}

awaitable<result<scheduled_transfer>> scheduled_transfer_repository::insert(
    session& on, uuid org, uuid id, const scheduled_transfer& fields, uuid actor, deadline until) const {
    array<uuid> debits, credits;
    array<std::int64_t> amounts;
    for (const auto& leg : fields.legs) {
        debits.add(leg.debit_account_id);
        credits.add(leg.credit_account_id);
        amounts.add(leg.amount);
    }
    parameters values{
        org,
        id,
        debits,
        credits,
        amounts,
        fields.description,
        fields.external_reference,
        fields.metadata.text,
        fields.run_at,
        fields.cron,
        fields.time_zone,
        fields.ends_at,
        fields.next_run_at,
        actor,
        enum_name(fields.missed)};
    const auto made = co_await on.execute(insert_, std::move(values), until);
    if (!made)
        co_return made.error();
    co_return read_scheduled(made->front());
}

awaitable<result<scheduled_transfer>>
scheduled_transfer_repository::find(session& on, uuid org, uuid id, deadline until) const {
    return fetch_found(on, find_, parameters{org, id}, until, read_scheduled);
}

awaitable<result<page<scheduled_transfer>>> scheduled_transfer_repository::list(
    session& on, uuid org, std::optional<schedule_status> status, std::optional<uuid> before, int limit,
    deadline until) const {
    parameters values{org, start_below(before), std::int64_t{limit} + 1};
    if (status)
        values.add(enum_name(*status));
    return fetch_cut_page(on, status ? list_by_status_ : list_, std::move(values), until, behind_legs, read_scheduled);
}

awaitable<result<std::optional<scheduled_transfer>>>
scheduled_transfer_repository::cancel(session& on, uuid org, uuid id, deadline until) const {
    return fetch_first(on, cancel_, parameters{org, id}, until, read_scheduled);
}

awaitable<result<std::vector<due_schedule>>>
scheduled_transfer_repository::claim(session& on, timestamp now, deadline until) const {
    parameters values{now, std::int64_t{claim_time.count()}};
    const auto found = co_await on.execute(claim_, std::move(values), until);
    if (!found)
        co_return found.error();
    std::vector<due_schedule> out;
    for (std::size_t i = 0; i < found->size(); ++i)
        out.push_back(read_due((*found)[i]));
    co_return out;
}

awaitable<result<std::vector<run_outcome>>>
scheduled_transfer_repository::finish(session& on, const std::vector<finished_run>& all, deadline until) const {
    array<uuid> orgs, ids, transfers;
    array<timestamp> due, next;
    array<std::string_view> outcomes, codes;
    for (const auto& run : all) {
        orgs.add(run.org);
        ids.add(run.schedule);
        due.add(run.due);
        outcomes.add(enum_name(run.outcome));
        transfers.add(run.transfer_id);
        codes.add(run.code ? std::optional<std::string_view>{*run.code} : std::nullopt);
        next.add(run.next_at);
    }
    parameters values{orgs, ids, due, outcomes, transfers, codes, next};
    const auto done = co_await on.execute(finish_, std::move(values), until);
    if (!done)
        co_return done.error();
    std::vector<run_outcome> out;
    for (std::size_t i = 0; i < done->size(); ++i)
        out.push_back(known<run_outcome>((*done)[i].get<std::string_view>(0)));
    co_return out;
}

std::vector<const statement*> scheduled_transfer_repository::statements() const {
    return {&insert_, &find_, &list_, &list_by_status_, &cancel_, &claim_, &finish_};
}

} // namespace bursar::db::repositories
