#include "db/repositories/ledger/accounts.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

using server::schema::enum_name;
using server::schema::enumerators;

constexpr mapping account_row{
    column{"id", &account::id},
    column{"name", &account::name},
    column{"code", &account::code},
    column{"type", &account::type},
    derived<account>(
        "credit_normal",
        [](account& out, const row& from, int at) {
            out.normal_side = from.get<bool>(at) ? account_side::credit : account_side::debit;
        }),
    column{"currency", &account::currency},
    column{"status", &account::status},
    column{"floor", &account::floor},
    column{"ceiling", &account::ceiling},
    column{"customer_id", &account::customer_id},
    column{"metadata", &account::metadata},
    column{"version", &account::version},
    column{"created_at", &account::created_at},
    column{"updated_at", &account::updated_at}};
const std::string account_columns = account_row.columns();
const listed_table account_list{
    "accounts", account_columns,
    "300 + octet_length(name::text) + coalesce(octet_length(code::text), 0) + octet_length(metadata::text)"};

// Which list statement: the filters present, one bit each, then what is asked of the status. The status stands in the
// text of the statement, because the index on accounts that are not open is of use only to one that says so itself.
constexpr std::size_t by_type = 1;
constexpr std::size_t by_currency = 2;
constexpr std::size_t by_customer = 4;
constexpr std::size_t by_code = 8;
constexpr std::size_t by_status = 16; // open; 32: frozen; 48: closed
constexpr std::size_t list_statements = 64;

account_balance read_account_balance(const row& from) {
    account_balance out;
    out.account_id = from.get<uuid>(0);
    out.currency = from.get<std::string>(1);
    out.seq = from.get<std::int64_t>(3);
    out.amounts = in_normal_direction(
        from.get<bool>(2), from.get<std::int64_t>(4), from.get<std::int64_t>(5), from.get<std::int64_t>(6));
    out.events_below = from.get<std::optional<std::int64_t>>(7);
    out.at = from.get<timestamp>(8);
    out.archived = from.get<bool>(9);
    return out;
}

std::string with_columns(std::string sql) {
    return sql.append(account_columns);
}

std::string list_accounts_sql(std::size_t index) {
    std::vector<std::string> conditions;
    int next = first_filter_parameter;
    const auto compare = [&](std::size_t filter, const char* column) {
        if ((index & filter) != 0)
            conditions.push_back(std::string{column} + " = $" + std::to_string(next++));
    };
    if (index >= by_status)
        conditions.push_back(
            "status = '" + std::string{enumerators<account_status>::names[index / by_status - 1]} + "'");
    compare(by_type, "type");
    compare(by_currency, "currency");
    compare(by_customer, "customer_id");
    compare(by_code, "code");
    return newest_page(account_list, conditions);
}

// The guard reads the row as it is once its lock is had: a transfer that was about to commit is seen, and one that
// comes later waits and sees the new status.
std::string status_sql(std::string_view to, std::string_view guard) {
    std::string out = "update accounts set status = '";
    out.append(to).append("', version = version + 1, updated_at = now() where org_id = $1 and id = $2 and ");
    return out.append(guard).append(" returning ").append(account_columns);
}

// A lookup for each id, whatever the planner thinks of their number: so says the limit.
constexpr std::string_view asked_accounts = " from unnest($2) with ordinality as asked (id, place) left join lateral "
                                            "(select * from accounts where org_id = $1 and id = asked.id limit 1) a "
                                            "on true ";

// Every transaction below the snapshot's xmin has ended, and what it wrote is seen. What an account is yet to see is
// recorded neither in final time nor before its last entry.
const std::string balance_now =
    "select a.id, a.currency, a.credit_normal, a.seq, a.balance, a.pending_debits, a.pending_credits, "
    "pg_snapshot_xmin(pg_current_snapshot())::text::bigint + position_base(), "
    "greatest((select before - interval '1 microsecond' from final_times), a.last_recorded_at), false";

const std::string balances_sql = balance_now + std::string{asked_accounts} + "order by asked.place";

// The time that is asked for, or the newest final one before it.
const std::string then = "(select least($3, before - interval '1 microsecond') from final_times)";

// The account's own row, when nothing has been recorded since; else its last entry of then, which the partitions are
// asked for newest first; else what was carried forward when that was archived; else zero, if the entry that came next
// is its first one.
const std::string balances_at_sql =
    "select a.id, a.currency, a.credit_normal, coalesce(e.seq, kept.seq, 0), coalesce(e.balance, kept.balance, 0), "
    "coalesce(e.pending_debits, kept.pending_debits, 0), coalesce(e.pending_credits, kept.pending_credits, 0), "
    "null::bigint, " +
    then + ", e.seq is null and kept.seq is null and a.seq > 0 and later.seq is distinct from 1" +
    std::string{asked_accounts} +
    "left join lateral (select a.seq, a.balance, a.pending_debits, a.pending_credits where a.last_recorded_at <= " +
    then +
    " union all (select seq, balance, pending_debits, pending_credits from entries where org_id = $1 "
    "and account_id = a.id and recorded_at <= " +
    then + " and a.last_recorded_at > " + then +
    " order by recorded_at desc, seq desc limit 1)) e on true "
    "left join lateral (select * from carried_balances where org_id = $1 and account_id = a.id and recorded_at <= " +
    then +
    " and e.seq is null limit 1) kept on true "
    "left join lateral (select seq from entries where org_id = $1 and account_id = a.id and recorded_at > " +
    then +
    " and e.seq is null and kept.seq is null order by recorded_at, seq limit 1) later on true "
    "order by asked.place";

} // namespace

account_amounts in_normal_direction(
    bool credit_normal, std::int64_t balance, std::int64_t pending_debits, std::int64_t pending_credits) noexcept {
    account_amounts out;
    out.posted = credit_normal ? -balance : balance;
    out.pending_in = credit_normal ? pending_credits : pending_debits;
    out.pending_out = credit_normal ? pending_debits : pending_credits;
    out.available = out.posted - out.pending_out;
    return out;
}

account_repository::account_repository()
    : insert_(
          "account.insert", access::write,
          // Conditions in place of constraints: an error would end the transaction this may run in.
          "with known as (select $11 or exists (select from assets where org_id = $1 and code = $6) as currency, "
          "$9 is null or exists (select from customers where org_id = $1 and id = $9 and deleted_at is null) "
          "as customer), made as (insert into accounts (org_id, id, name, code, type, currency, floor, ceiling, "
          "customer_id, metadata) select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 from known "
          "where known.currency and known.customer on conflict (org_id, code) do nothing returning " +
              account_columns + ") select made.*, known.currency, known.customer from known left join made on true")
    , find_("account.find", access::read, "select " + account_columns + " from accounts where org_id = $1 and id = $2")
    , update_(
          "account.update", access::write,
          with_columns("update accounts set name = coalesce($4, name), "
                       "metadata = (metadata || $5) - array(select key from jsonb_each($5) where value = 'null'), "
                       "version = version + 1, updated_at = now() "
                       "where org_id = $1 and id = $2 and ($3 is null or version = any($3)) "
                       "and (name, metadata) is distinct from (coalesce($4, name), "
                       "(metadata || $5) - array(select key from jsonb_each($5) where value = 'null')) returning "))
    , freeze_("account.freeze", access::write, status_sql("frozen", "status = 'open'"))
    , unfreeze_("account.unfreeze", access::write, status_sql("open", "status = 'frozen'"))
    , close_(
          "account.close", access::write,
          status_sql(
              "closed", "status <> 'closed' and balance = 0 and pending_debits = 0 and pending_credits = 0 "
                        "and (code is null or code not like 'fx:%')"))
    , reopen_(
          "account.reopen", access::write,
          status_sql(
              "open", "status = 'closed' and (customer_id is null or exists (select from customers c "
                      "where c.org_id = $1 and c.id = accounts.customer_id and c.deleted_at is null))"))
    , balance_("account.balance", access::read, balance_now + " from accounts a where a.org_id = $1 and a.id = $2")
    , balances_("account.balances", access::read, balances_sql)
    , balances_at_("account.balances_at", access::read, balances_at_sql) {
    for (std::size_t index = 0; index < list_statements; ++index)
        lists_.push_back(std::make_unique<const statement>("account.list", access::read, list_accounts_sql(index)));
}

awaitable<result<inserted_account>> account_repository::insert(
    session& on, uuid org, uuid id, const new_account& fields, iso_currency iso, deadline until) const {
    parameters values{
        org,
        id,
        fields.name,
        fields.code,
        enum_name(fields.type),
        fields.currency,
        fields.floor,
        fields.ceiling,
        fields.customer_id,
        json{fields.metadata.text},
        iso == iso_currency::yes};
    const auto made = co_await on.execute(insert_, std::move(values), until);
    if (!made)
        co_return made.error();
    const auto row = made->front();
    inserted_account out;
    if (!row.is_null(0))
        out.made = account_row(row);
    out.currency_known = row.get<bool>(account_row.width);
    out.customer_known = row.get<bool>(account_row.width + 1);
    co_return out;
}

awaitable<result<account>> account_repository::find(session& on, uuid org, uuid id, deadline until) const {
    return fetch_found(on, find_, parameters{org, id}, until, account_row);
}

awaitable<result<page<account>>> account_repository::list(
    session& on, uuid org, const account_filter& filter, std::optional<uuid> before, int limit, deadline until) const {
    std::size_t index = 0;
    parameters values{org, start_below(before), std::int64_t{limit} + 1};
    if (filter.type) {
        index |= by_type;
        values.add(enum_name(*filter.type));
    }
    if (filter.currency) {
        index |= by_currency;
        values.add(*filter.currency);
    }
    if (filter.customer_id) {
        index |= by_customer;
        values.add(*filter.customer_id);
    }
    if (filter.code) {
        index |= by_code;
        values.add(*filter.code);
    }
    if (filter.status)
        index += by_status * (static_cast<std::size_t>(*filter.status) + 1);
    return fetch_cut_page(on, *lists_[index], std::move(values), until, account_row);
}

awaitable<result<std::optional<account>>> account_repository::update(
    session& on, uuid org, uuid id, const expected_versions& versions, const account_changes& changes,
    deadline until) const {
    const auto metadata = changes.metadata ? std::string_view{changes.metadata->text} : std::string_view{"{}"};
    return fetch_first(
        on, update_, parameters{org, id, versions, changes.name.over(std::optional<std::string>{}), json{metadata}},
        until, account_row);
}

awaitable<result<std::optional<account>>>
account_repository::change_status(session& on, const statement& how, uuid org, uuid id, deadline until) const {
    return fetch_first(on, how, parameters{org, id}, until, account_row);
}

awaitable<result<std::optional<account_balance>>>
account_repository::balance(session& on, uuid org, uuid id, std::optional<timestamp> at, deadline until) const {
    if (at) {
        const std::vector<uuid> ids{id};
        auto one = co_await balances(on, org, ids, at, until);
        if (!one)
            co_return one.error();
        co_return std::move(one->front());
    }
    parameters values{org, id};
    const auto found = co_await on.execute(balance_, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return first_of(*found, read_account_balance);
}

awaitable<result<std::vector<std::optional<account_balance>>>> account_repository::balances(
    session& on, uuid org, const std::vector<uuid>& ids, std::optional<timestamp> at, deadline until) const {
    parameters values{org, ids};
    if (at)
        values.add(*at);
    const auto found = co_await on.execute(at ? balances_at_ : balances_, std::move(values), until);
    if (!found)
        co_return found.error();
    std::vector<std::optional<account_balance>> out;
    out.reserve(found->size());
    for (std::size_t i = 0; i < found->size(); ++i)
        out.push_back((*found)[i].is_null(0) ? std::nullopt : std::optional{read_account_balance((*found)[i])});
    co_return out;
}

std::vector<const statement*> account_repository::statements() const {
    std::vector<const statement*> all{&insert_, &find_,   &update_,  &freeze_,   &unfreeze_,
                                      &close_,  &reopen_, &balance_, &balances_, &balances_at_};
    for (const auto& list : lists_)
        all.push_back(list.get());
    return all;
}

} // namespace bursar::db::repositories
