#include "db/repositories/ledger/periods.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

using server::to_string;

constexpr mapping period_row{
    column{"to_char(month, 'YYYY-MM')", &period::month},
    derived<period>(
        "closed_at",
        [](period& out, const row& from, int at) {
            out.closed_at = from.get<std::optional<timestamp>>(at);
            out.status = out.closed_at ? period_status::closed : period_status::open;
        }),
    column{"closed_by", &period::closed_by}};
const std::string period_columns = period_row.columns();

std::string first_day(year_month month) {
    return to_string(month) + "-01";
}

const std::string find_books_sql = "select org_id, closed_before from ledger_books where org_id = any($1)";

// A month that no entry takes effect in has no row. It was closed with the next one that was.
const std::string find_period_sql =
    "select to_char($2::date, 'YYYY-MM'), closed_at, closed_by from ledger_periods where "
    "org_id = $1 and month >= $2::date and (month = $2::date or closed_at is not null) "
    "order by month limit 1";

const std::string list_periods_sql =
    "select " + period_columns +
    " from (select month, closed_at, closed_by from ledger_periods where org_id = $1 and "
    "($2 is null or month < $2::date) order by month desc limit " +
    std::to_string(page_fetch_limit) + ") newest order by month desc limit $3";

const std::string lock_sql = "select pg_advisory_xact_lock(books_lock($1))";

// Left joins, so that a month without a row is answered too.
const std::string look_sql =
    "select $2::date + interval '1 month' <= now() at time zone 'UTC', "
    "(select to_char(min(month), 'YYYY-MM') from ledger_periods where org_id = $1 and month < $2::date "
    "and closed_at is null), p.month, p.closed_at, p.closed_by "
    "from ledger_books b left join lateral (" +
    find_period_sql + ") p (month, closed_at, closed_by) on true where b.org_id = $1";

// Every earlier month that has entries is closed: nothing is written of those between.
const std::string close_sql =
    "with closed as (insert into ledger_periods as p (org_id, month, closed_at, closed_by) "
    "values ($1, $2::date, now(), $3) "
    "on conflict (org_id, month) do update set closed_at = excluded.closed_at, closed_by = excluded.closed_by "
    "where p.closed_at is null returning p.month, p.closed_at, p.closed_by), "
    "moved as (update ledger_books set closed_before = greatest(closed_before, "
    "($2::date + interval '1 month') at time zone 'UTC') where org_id = $1), "
    "event as (insert into events (org_id, type, resource_id, data) select $1, 'period.closed', $1, "
    "jsonb_build_object('month', to_char(month, 'YYYY-MM')) from closed) select " +
    period_columns + " from closed";

} // namespace

period_repository::period_repository()
    : find_books_("period.find_books", access::read, find_books_sql)
    , find_("period.find", access::read, find_period_sql)
    , list_("period.list", access::read, list_periods_sql)
    , lock_("period.lock", access::write, lock_sql)
    , look_("period.look", access::read, look_sql)
    , close_("period.close", access::write, close_sql) {}

awaitable<result<std::vector<books>>>
period_repository::find_books(session& on, const std::vector<uuid>& orgs, deadline until) const {
    const auto found = co_await on.execute(find_books_, parameters{orgs}, until);
    if (!found)
        co_return found.error();
    std::vector<books> out;
    out.reserve(found->size());
    for (std::size_t i = 0; i < found->size(); ++i)
        out.push_back({(*found)[i].get<uuid>(0), (*found)[i].get<std::optional<timestamp>>(1)});
    co_return out;
}

awaitable<result<period>> period_repository::find(session& on, uuid org, year_month month, deadline until) const {
    return fetch_found(on, find_, parameters{org, first_day(month)}, until, period_row);
}

awaitable<result<page<period>>>
period_repository::list(session& on, uuid org, std::optional<year_month> before, int limit, deadline until) const {
    const auto start = before ? std::optional{first_day(*before)} : std::nullopt;
    return fetch_page(on, list_, parameters{org, start, std::int64_t{limit} + 1}, until, limit, period_row);
}

awaitable<result<closing>>
period_repository::prepare_close(session& on, uuid org, year_month month, deadline until) const {
    const auto locked = co_await on.execute(lock_, parameters{org}, until);
    if (!locked)
        co_return locked.error();
    parameters values{org, first_day(month)};
    const auto found = co_await on.execute(look_, std::move(values), until);
    if (!found)
        co_return found.error();
    if (found->empty())
        co_return errc::not_found;
    const auto row = found->front();
    closing out{row.get<bool>(0), row.get<std::optional<std::string>>(1), std::nullopt};
    if (!row.is_null(2))
        out.period = period_row(row, 2);
    co_return out;
}

awaitable<result<period>>
period_repository::close(session& on, uuid org, year_month month, uuid actor, deadline until) const {
    parameters values{org, first_day(month), actor};
    const auto done = co_await on.execute(close_, std::move(values), until);
    if (!done)
        co_return done.error();
    if (done->empty())
        co_return error{errc::internal, "a month was closed without prepare_close"};
    co_return period_row(done->front());
}

std::vector<const statement*> period_repository::statements() const {
    return {&find_books_, &find_, &list_, &lock_, &look_, &close_};
}

} // namespace bursar::db::repositories
