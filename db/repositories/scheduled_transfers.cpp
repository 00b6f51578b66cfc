#include "db/repositories/scheduled_transfers.hpp"

#include "db/array.hpp"
#include "db/repositories/list_statement.hpp"
#include "db/repositories/reading.hpp"

namespace bursar::db::repositories {

namespace {

using server::schema::enum_name;

const std::string columns =
    "id, status, description, external_reference, metadata, run_at, cron, time_zone, ends_at, next_run_at, "
    "last_run_at, last_transfer_id, runs, version, created_at, updated_at";

// The schedules that `found` selects, newest first, each with its legs.
std::string with_legs(const std::string& found) {
    return "select " + columns + ", debits, credits, amounts from (" + found +
           ") found cross join lateral (select array_agg(debit_account_id order by leg) debits, "
           "array_agg(credit_account_id order by leg) credits, array_agg(amount order by leg) amounts "
           "from scheduled_transfer_legs where org_id = $1 and scheduled_transfer_id = found.id) legs order by id desc";
}

scheduled_transfer read_scheduled(const row& from) {
    scheduled_transfer out;
    out.id = from.get<uuid>(0);
    out.status = known<schedule_status>(from.get<std::string_view>(1));
    out.description = from.get<std::optional<std::string>>(2);
    out.external_reference = from.get<std::optional<std::string>>(3);
    out.metadata.text = from.get<std::string>(4);
    out.run_at = from.get<std::optional<timestamp>>(5);
    out.cron = from.get<std::optional<std::string>>(6);
    out.time_zone = from.get<std::optional<std::string>>(7);
    out.ends_at = from.get<std::optional<timestamp>>(8);
    out.next_run_at = from.get<std::optional<timestamp>>(9);
    out.last_run_at = from.get<std::optional<timestamp>>(10);
    out.last_transfer_id = from.get<std::optional<uuid>>(11);
    out.runs = from.get<std::int64_t>(12);
    out.version = from.get<std::int64_t>(13);
    out.created_at = from.get<timestamp>(14);
    out.updated_at = from.get<timestamp>(15);
    const auto debits = from.get<std::vector<uuid>>(16);
    const auto credits = from.get<std::vector<uuid>>(17);
    const auto amounts = from.get<std::vector<std::int64_t>>(18);
    for (std::size_t i = 0; i < amounts.size(); ++i)
        out.legs.push_back({debits[i], credits[i], amounts[i]});
    return out;
}

} // namespace

scheduled_transfer_repository::scheduled_transfer_repository()
    : insert_(
          "scheduled_transfer.insert", access::write,
          "with made as (insert into scheduled_transfers (org_id, id, description, external_reference, metadata, "
          "run_at, cron, time_zone, ends_at, next_run_at, actor_id) "
          "values ($1, $2, $6, $7, $8::text::json, $9, $10, $11, $12, $13, $14) returning *), "
          "legs as (insert into scheduled_transfer_legs "
          "(org_id, scheduled_transfer_id, leg, debit_account_id, credit_account_id, amount) "
          "select $1, $2, u.n - 1, u.debit, u.credit, u.amount "
          "from unnest($3::uuid[], $4::uuid[], $5::int8[]) with ordinality u (debit, credit, amount, n)) "
          "select " +
              columns + ", $3, $4, $5 from made")
    , find_(
          "scheduled_transfer.find", access::read,
          with_legs("select * from scheduled_transfers where org_id = $1 and id = $2"))
    , list_("scheduled_transfer.list", access::read, with_legs(newest_page("scheduled_transfers", columns, {})))
    , list_by_status_(
          "scheduled_transfer.list", access::read,
          with_legs(
              newest_page("scheduled_transfers", columns, {"status = $" + std::to_string(first_filter_parameter)})))
    , cancel_(
          "scheduled_transfer.cancel", access::write,
          "with changed as (update scheduled_transfers set status = 'cancelled', next_run_at = null, "
          "version = version + 1, updated_at = now() where org_id = $1 and id = $2 and status = 'active' returning "
          "*) " +
              with_legs("select * from changed")) {}

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
        actor};
    const auto made = co_await on.execute(insert_, std::move(values), until);
    if (!made)
        co_return made.error();
    co_return read_scheduled(made->front());
}

awaitable<result<scheduled_transfer>>
scheduled_transfer_repository::find(session& on, uuid org, uuid id, deadline until) const {
    parameters values{org, id};
    const auto found = co_await on.execute(find_, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return found_row(*found, read_scheduled);
}

awaitable<result<page<scheduled_transfer>>> scheduled_transfer_repository::list(
    session& on, uuid org, std::optional<schedule_status> status, std::optional<uuid> before, int limit,
    deadline until) const {
    parameters values{org, start_below(before), std::int64_t{limit} + 1};
    if (status)
        values.add(enum_name(*status));
    const auto found = co_await on.execute(status ? list_by_status_ : list_, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return page_of(*found, limit, read_scheduled);
}

awaitable<result<std::optional<scheduled_transfer>>>
scheduled_transfer_repository::cancel(session& on, uuid org, uuid id, deadline until) const {
    parameters values{org, id};
    const auto changed = co_await on.execute(cancel_, std::move(values), until);
    if (!changed)
        co_return changed.error();
    co_return first_of(*changed, read_scheduled);
}

std::vector<const statement*> scheduled_transfer_repository::statements() const {
    return {&insert_, &find_, &list_, &list_by_status_, &cancel_};
}

} // namespace bursar::db::repositories
