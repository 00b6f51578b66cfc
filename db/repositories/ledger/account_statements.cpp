#include "db/repositories/ledger/account_statements.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

std::int64_t amount_in_normal_direction(bool credit_normal, std::int64_t amount) noexcept {
    return credit_normal ? -amount : amount;
}

void read_account(account_range& out, const row& from, int at) {
    out.account.name = from.get<std::string>(at);
    out.account.code = from.get<std::optional<std::string>>(at + 1);
    out.account.type = known<account_type>(from.get<std::string_view>(at + 2));
    out.account.currency = from.get<std::string>(at + 3);
}

statement_balance read_statement_balance(const account_range& of, const row& from, int at) {
    return {amount_in_normal_direction(of.credit_normal, from.get<std::int64_t>(at)), from.get<std::int64_t>(at + 1)};
}

void read_opening(account_range& out, const row& from, int at) {
    out.opening = read_statement_balance(out, from, at);
}

void read_closing(account_range& out, const row& from, int at) {
    out.closing = read_statement_balance(out, from, at);
    if (!from.is_null(at + 2))
        out.last = {from.get<timestamp>(at + 2), out.closing.seq};
}

// The names are those of find_sql.
constexpr mapping range_row{
    derived<account_range, 4>("a.name, a.code, a.type, a.currency", read_account),
    column{"a.credit_normal", &account_range::credit_normal},
    column{"o.name", &account_range::organization},
    column{"x.exponent", &account_range::asset_exponent},
    column{"least(a.created_at, next.recorded_at)", &account_range::begins},
    derived<account_range, 2>(
        "coalesce(before.balance, next.balance_before, a.balance), coalesce(before.seq, next.seq - 1, a.seq)",
        read_opening),
    derived<account_range, 3>(
        "coalesce(last.balance, before.balance, next.balance_before, a.balance), "
        "coalesce(last.seq, before.seq, next.seq - 1, a.seq), last.recorded_at",
        read_closing),
    column{
        "before.seq is null and coalesce(next.seq - 1, a.seq) > 0 and (f.at is not null or last.seq is null) "
        "and not exists (select from carried_balances where org_id = $1 and account_id = $2 "
        "and recorded_at < coalesce(f.at, e.at))",
        &account_range::archived},
    column{"e.at", &account_range::to}};

const std::string of_account = " from entries where org_id = $1 and account_id = $2 ";

// $3 from, $4 and $5 the place through which; `e` is where the range ends, for what the account is yet to see is
// recorded neither in final time nor before its last entry, and `f` is where it begins, which is not behind that. In
// front of `f`: the account's own row, when nothing has been recorded since; else the last entry of before; else what
// the first entry of after started from, which is the beginning, unless what came before it is archived and was not
// carried forward. At the end likewise. A comparison of times beside that of places lets PostgreSQL leave out whole
// months.
const std::string find_statement_sql =
    "select " + range_row.columns() +
    " from accounts a join organizations o on o.id = a.org_id "
    "cross join lateral (select least($4, greatest((select before from final_times), "
    "a.last_recorded_at + interval '1 microsecond')) as at "
    "offset 0) e cross join lateral (select case when $3 is not null then least($3, e.at) end as at offset 0) f "
    "left join assets x on x.org_id = a.org_id and x.code = a.currency "
    "left join lateral (select a.seq, a.balance where a.last_recorded_at < f.at union all (select seq, balance" +
    of_account +
    "and recorded_at < f.at and a.last_recorded_at >= f.at order by recorded_at desc, seq desc limit 1)) before on "
    "true "
    "left join lateral (select recorded_at, seq, balance - amount as balance_before" +
    of_account +
    "and recorded_at >= coalesce(f.at, '-infinity') and before.seq is null order by recorded_at, seq limit 1) next on "
    "true "
    "left join lateral (select a.last_recorded_at as recorded_at, a.seq, a.balance where a.seq > 0 "
    "and (a.last_recorded_at, a.seq) <= (e.at, $5) union all (select recorded_at, seq, balance" +
    of_account +
    "and recorded_at <= e.at and (recorded_at, seq) <= (e.at, $5) and (a.last_recorded_at, a.seq) > (e.at, $5) "
    "order by recorded_at desc, seq desc limit 1)) last on true where a.org_id = $1 and a.id = $2";

// A leg has two sides; of a transfer with one leg, the other account is the one that is not this. Lookups stand in
// subqueries with a limit: each is an index lookup for each line, whatever the planner thinks of their number.
const std::string all_lines_sql =
    "select e.seq, e.transfer_id, e.recorded_at, e.effective_at, t.description, t.external_reference, c.id as "
    "counterparty, "
    "c.name, c.code, e.amount, e.balance "
    "from (select recorded_at, seq, transfer_id, effective_at, amount, balance, leg" +
    of_account +
    "and amount <> 0 and recorded_at >= $3 and recorded_at <= $5 and (recorded_at, seq) > ($3, $4) "
    "and (recorded_at, seq) <= ($5, $6) order by recorded_at, seq limit " +
    std::to_string(statement_page_lines + 1) +
    ") e left join lateral (select description, external_reference, legs, account_ids from transfers "
    "where org_id = $1 and id = e.transfer_id limit 1) t on true "
    "left join lateral (select case when t.legs = 1 then "
    "(select other from unnest(t.account_ids) other where other <> $2) else "
    "(select o.account_id from unnest(t.account_ids) other cross join lateral (select account_id from entries "
    "where org_id = $1 and account_id = other and recorded_at = e.recorded_at and transfer_id = e.transfer_id "
    "and leg = e.leg order by seq limit 1) o where other <> $2 limit 1) end as id offset 0) side on true "
    "left join lateral (select id, name, code from accounts where org_id = $1 and id = side.id limit 1) c on true "
    "order by e.recorded_at, e.seq limit $7";

void read_counterparty(statement_line& out, const row& from, int at) {
    if (!from.is_null(at))
        out.counterparty = {
            from.get<uuid>(at), from.get<std::string>(at + 1), from.get<std::optional<std::string>>(at + 2)};
}

constexpr mapping line_row{
    column{"seq", &statement_line::seq},
    column{"transfer_id", &statement_line::transfer_id},
    column{"recorded_at", &statement_line::recorded_at},
    column{"effective_at", &statement_line::effective_at},
    column{"description", &statement_line::description},
    column{"external_reference", &statement_line::external_reference},
    derived<statement_line, 3>("counterparty, name, code", read_counterparty),
    column{"amount", &statement_line::amount},
    column{"balance", &statement_line::balance}};

const std::string lines_sql = cut_page(
    all_lines_sql, {line_row.columns(), "recorded_at, seq",
                    "200 + coalesce(octet_length(description), 0) + coalesce(octet_length(external_reference), 0) + "
                    "coalesce(octet_length(name::text), 0) + coalesce(octet_length(code::text), 0)",
                    "$7"});

statement_line read_line(const row& from, bool credit_normal) {
    auto out = line_row(from);
    out.amount = amount_in_normal_direction(credit_normal, out.amount);
    out.balance = amount_in_normal_direction(credit_normal, out.balance);
    return out;
}

} // namespace

account_statement_repository::account_statement_repository()
    : find_("account_statement.find", access::read, find_statement_sql)
    , lines_("account_statement.lines", access::read, lines_sql) {}

awaitable<result<account_range>> account_statement_repository::find(
    session& on, uuid org, uuid account, std::optional<timestamp> from, entry_place through, deadline until) const {
    parameters values{org, account, from, through.at, through.seq};
    const auto found = co_await on.execute(find_, std::move(values), until);
    if (!found)
        co_return found.error();
    if (found->empty())
        co_return errc::not_found;
    auto out = range_row(found->front());
    out.account.id = account;
    co_return out;
}

awaitable<result<page<statement_line>>> account_statement_repository::lines(
    session& on, uuid org, const account_range& of, entry_place after, entry_place through, int limit,
    deadline until) const {
    parameters values{org, of.account.id, after.at, after.seq, through.at, through.seq, std::int64_t{limit} + 1};
    const auto found = co_await on.execute(lines_, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return cut_page_of(*found, line_row.width, [&of](const row& r) { return read_line(r, of.credit_normal); });
}

} // namespace bursar::db::repositories
