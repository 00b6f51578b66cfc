#include "db/repositories/ledger/trial_balance.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/reading.hpp"

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

// $3 the id that the page stays above, $4 how many rows.
std::string page_sql() {
    std::string out = "select currency, type, null::bigint, greatest(balance, 0), greatest(-balance, 0), "
                      "balance is null, at, id, name, code from (" +
                      accounts_then;
    out.append(" and a.id > $3 order by a.id limit ").append(std::to_string(page_fetch_limit));
    return out.append(") account order by id limit $4");
}

// One statement, so that the sums are those of the accounts beside them.
std::string first_sql() {
    return "select currency, type, count(*), sum(greatest(balance, 0))::bigint, sum(greatest(-balance, 0))::bigint, "
           "bool_or(balance is null), max(at), null::uuid, null::text, null::text from (" +
           accounts_then + ") account group by currency, type union all (" + page_sql() + ")";
}

// And a row of nulls with the time, which is known where there is no account, too.
std::string with_time(const std::string& sql) {
    return "(" + sql + ") union all select null, null, null, null, null, false, " + then + ", null, null, null";
}

trial_balance_total read_total(const row& from) {
    trial_balance_total out;
    out.currency = from.get<std::string>(0);
    out.type = known<account_type>(from.get<std::string_view>(1));
    out.accounts = from.get<std::int64_t>(2);
    out.debits = from.get<std::optional<std::int64_t>>(3).value_or(0);
    out.credits = from.get<std::optional<std::int64_t>>(4).value_or(0);
    return out;
}

trial_balance_account read_account(const row& from) {
    trial_balance_account out;
    out.currency = from.get<std::string>(0);
    out.type = known<account_type>(from.get<std::string_view>(1));
    out.debit = from.get<std::optional<std::int64_t>>(3).value_or(0);
    out.credit = from.get<std::optional<std::int64_t>>(4).value_or(0);
    out.id = from.get<uuid>(7);
    out.name = from.get<std::string>(8);
    out.code = from.get<std::optional<std::string>>(9);
    return out;
}

trial_balance_rows read_all(const rows& found, timestamp at, int limit) {
    trial_balance_rows out;
    out.at = at;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto each = found[i];
        out.archived = out.archived || each.get<bool>(5);
        out.at = each.get<timestamp>(6);
        if (each.is_null(0))
            continue;
        if (each.is_null(7))
            out.totals.push_back(read_total(each));
        else
            out.accounts.items.push_back(read_account(each));
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
