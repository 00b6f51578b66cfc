#include "db/repositories/ledger/trial_balance.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"

#include <algorithm>
#include <tuple>

namespace bursar::db::repositories {

namespace {

// $1 the organization, $2 the time, or the newest final one before it.
const std::string then = "(select least($2, before - interval '1 microsecond') from final_times)";

// The account's own row, when nothing has been recorded since; else its last entry of then, which the partitions are
// asked for newest first; else what was carried forward when that was archived; else zero, if the entry that came next
// is its first one. Null when that is archived. Accounts that neither were there nor had an entry are left out.
const std::string accounts_then =
    "select a.id, a.name, a.code, a.type, a.currency, case when a.last_recorded_at <= " + then +
    " then a.balance when last.balance is not null then last.balance when kept.balance is not null then kept.balance "
    "when next.seq = 1 then 0 end as balance, " +
    then +
    " as at "
    "from accounts a left join lateral (select balance from entries where org_id = $1 and account_id = a.id "
    "and recorded_at <= " +
    then + " and a.last_recorded_at > " + then +
    " order by recorded_at desc, seq desc limit 1) last on true "
    "left join lateral (select balance from carried_balances where org_id = $1 and account_id = a.id and recorded_at "
    "<= " +
    then + " and a.last_recorded_at > " + then +
    " and last.balance is null limit 1) kept on true "
    "left join lateral (select seq from entries where org_id = $1 and account_id = a.id and recorded_at > " +
    then + " and a.last_recorded_at > " + then +
    " and last.balance is null and kept.balance is null order by recorded_at, seq limit 1) next on true "
    "where a.org_id = $1 and (a.created_at <= " +
    then + " or a.seq > 0 and (last.balance is not null or next.seq is distinct from 1))";

// Zero where what would say it is archived.
std::int64_t read_side(const row& from, int at) {
    return from.get<std::optional<std::int64_t>>(at).value_or(0);
}

void read_sums(trial_balance_total& out, const row& from, int at) {
    out.debits = read_side(from, at);
    out.credits = read_side(from, at + 1);
}

void read_sides(trial_balance_account& out, const row& from, int at) {
    out.debit = read_side(from, at + 1);
    out.credit = read_side(from, at + 2);
}

void read_nothing(trial_balance_account&, const row&, int) {}

// The rows of sums and those of accounts have the same columns: those of a sum, then whether something is archived and
// the time, then what is an account's alone.
constexpr mapping total_row{
    column{"currency", &trial_balance_total::currency}, column{"type", &trial_balance_total::type},
    column{"count(*)", &trial_balance_total::accounts},
    derived<trial_balance_total, 2>(
        "sum(greatest(balance, 0))::bigint, sum(greatest(-balance, 0))::bigint", read_sums)};
constexpr mapping account_row{
    column{"currency", &trial_balance_account::currency},
    column{"type", &trial_balance_account::type},
    derived<trial_balance_account, 3>("null::bigint, greatest(balance, 0), greatest(-balance, 0)", read_sides),
    derived<trial_balance_account, 2>("balance is null, at", read_nothing),
    column{"id", &trial_balance_account::id},
    column{"name", &trial_balance_account::name},
    column{"code", &trial_balance_account::code}};
constexpr int currency_column = 0; // null in the row of the time alone
constexpr int archived_column = total_row.width;
constexpr int at_column = archived_column + 1;
constexpr int id_column = at_column + 1; // null in the rows of sums
static_assert(account_row.width == id_column + 3);

// $3 the id that the page stays above, $4 how many rows.
std::string page_sql() {
    std::string out = "select " + account_row.columns() + " from (" + accounts_then;
    out.append(" and a.id > $3 order by a.id limit ").append(std::to_string(page_fetch_limit));
    return out.append(") account order by id limit $4");
}

// One statement, so that the sums are those of the accounts beside them.
std::string first_sql() {
    return "select " + total_row.columns() +
           ", bool_or(balance is null), max(at), null::uuid, null::text, null::text from (" + accounts_then +
           ") account group by currency, type union all (" + page_sql() + ")";
}

// And a row of nulls with the time, which is known where there is no account, too.
std::string with_time(const std::string& sql) {
    return "(" + sql + ") union all select null, null, null, null, null, false, " + then + ", null, null, null";
}

trial_balance_rows read_all(const rows& found, timestamp at, int limit) {
    trial_balance_rows out;
    out.at = at;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto each = found[i];
        out.archived = out.archived || each.get<bool>(archived_column);
        out.at = each.get<timestamp>(at_column);
        if (each.is_null(currency_column))
            continue;
        if (each.is_null(id_column))
            out.totals.push_back(total_row(each));
        else
            out.accounts.items.push_back(account_row(each));
    }
    std::sort(out.totals.begin(), out.totals.end(), [](const auto& a, const auto& b) {
        return std::tie(a.currency, a.type) < std::tie(b.currency, b.type);
    });
    auto& items = out.accounts.items;
    std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    out.accounts.more = items.size() > static_cast<std::size_t>(limit);
    if (out.accounts.more)
        items.pop_back();
    return out;
}

} // namespace

trial_balance_repository::trial_balance_repository()
    : first_("trial_balance.first", access::read, with_time(first_sql()))
    , more_("trial_balance.more", access::read, with_time(page_sql())) {}

awaitable<result<trial_balance_rows>>
trial_balance_repository::first(session& on, uuid org, timestamp at, int limit, deadline until) const {
    return read(on, first_, org, at, uuid{}, limit, until);
}

awaitable<result<trial_balance_rows>>
trial_balance_repository::more(session& on, uuid org, timestamp at, uuid after, int limit, deadline until) const {
    return read(on, more_, org, at, after, limit, until);
}

awaitable<result<trial_balance_rows>> trial_balance_repository::read(
    session& on, const statement& what, uuid org, timestamp at, uuid after, int limit, deadline until) const {
    parameters values{org, at, after, std::int64_t{limit} + 1};
    const auto found = co_await on.execute(what, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return read_all(*found, at, limit);
}

} // namespace bursar::db::repositories
