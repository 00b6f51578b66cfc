#include "db/repositories/ledger/imports.hpp"

#include "db/array.hpp"
#include "db/repositories/reading.hpp"
#include "server/schema/enums.hpp"

namespace bursar::db::repositories {

namespace {

using server::schema::enum_name;

charted_account read_charted(const row& from, uuid org) {
    charted_account out;
    auto& state = out.state;
    state.key.org = org;
    from.read(
        state.key.id, out.code, out.name, out.type, out.customer_id, state.currency, state.credit_normal, state.open,
        state.floor, state.ceiling, state.seq, state.balance, state.pending_debits, state.pending_credits,
        state.last_recorded_at);
    return out;
}

} // namespace

import_repository::import_repository()
    : find_(
          "import.find", access::read,
          "select position, line, rows, last_recorded_at, finished_at is not null from ledger_imports "
          "where org_id = $1 and kind = $2 and file_hash = $3")
    , advance_(
          "import.advance", access::write,
          "insert into ledger_imports as i (org_id, kind, file_hash, file_name, position, line, rows, "
          "last_recorded_at, finished_at) values ($1, $2, $3, $4, $6, $7, $8, $9, case when $10 then now() end) "
          "on conflict (org_id, kind, file_hash) do update set position = excluded.position, line = excluded.line, "
          "rows = excluded.rows, last_recorded_at = excluded.last_recorded_at, finished_at = excluded.finished_at "
          "where i.position = $5 and i.finished_at is null")
    , find_bounds_(
          "import.find_bounds", access::read,
          "select entries_archived_before(), "
          "exists (select from ledger_imports where org_id = $1 and kind = 'transfers')")
    , find_chart_(
          "import.find_chart", access::read,
          "select id, code, name, type, customer_id, currency, credit_normal, status = 'open', floor, ceiling, seq, "
          "balance, pending_debits, pending_credits, last_recorded_at from accounts where org_id = $1 and code is not "
          "null")
    , find_assets_("import.find_assets", access::read, "select code from assets where org_id = $1")
    , find_customers_(
          "import.find_customers", access::read,
          "select external_reference, id from customers where org_id = $1 and deleted_at is null "
          "and external_reference = any ($2)")
    , find_keys_(
          "import.find_keys", access::read,
          // Key by key: before the first statistics an organization is taken for two hundred rows, and read once a key.
          "select u.n, t.request_hash from unnest($2::uuid[]) with ordinality u (key, n) cross join lateral "
          "(select request_hash from transfers where org_id = $1 and idempotency_key = u.key offset 0) t")
    , insert_accounts_(
          "import.insert_accounts", access::write,
          "insert into accounts (org_id, id, code, name, type, currency, floor, ceiling, customer_id) "
          "select $1, u.* from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int8[], "
          "$8::int8[], $9::uuid[]) u")
    , ensure_partitions_(
          "import.ensure_partitions", access::write,
          "select ensure_entry_partitions(($1 at time zone 'UTC')::date, ($2 at time zone 'UTC')::date)")
    , look_up_rows_(
          "import.look_up_rows", access::write,
          "select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)") {}

awaitable<result<import_progress>> import_repository::find(session& on, const import_file& file, deadline until) const {
    parameters values{file.org, enum_name(file.kind), bytes{file.hash}};
    const auto found = co_await on.execute(find_, std::move(values), until);
    if (!found)
        co_return found.error();
    import_progress out;
    if (!found->empty())
        found->front().read(out.position, out.line, out.rows, out.last_recorded_at, out.finished);
    co_return out;
}

awaitable<result<bool>> import_repository::advance(
    session& on, const import_file& file, const import_progress& from, const import_progress& to,
    deadline until) const {
    parameters values{file.org, enum_name(file.kind), bytes{file.hash}, file.name, from.position, to.position, to.line,
                      to.rows,  to.last_recorded_at,  to.finished};
    const auto done = co_await on.execute(advance_, std::move(values), until);
    if (!done)
        co_return done.error();
    co_return done->affected() == 1;
}

awaitable<result<import_bounds>> import_repository::find_bounds(session& on, uuid org, deadline until) const {
    const auto found = co_await on.execute(find_bounds_, parameters{org}, until);
    if (!found)
        co_return found.error();
    import_bounds out;
    found->front().read(out.archived_before, out.earlier_transfers);
    co_return out;
}

awaitable<result<std::vector<charted_account>>>
import_repository::find_chart(session& on, uuid org, deadline until) const {
    const auto found = co_await on.execute(find_chart_, parameters{org}, until);
    if (!found)
        co_return found.error();
    std::vector<charted_account> out;
    out.reserve(found->size());
    for (std::size_t i = 0; i < found->size(); ++i)
        out.push_back(read_charted((*found)[i], org));
    co_return out;
}

awaitable<result<std::vector<std::string>>>
import_repository::find_assets(session& on, uuid org, deadline until) const {
    const auto found = co_await on.execute(find_assets_, parameters{org}, until);
    if (!found)
        co_return found.error();
    std::vector<std::string> out;
    for (std::size_t i = 0; i < found->size(); ++i)
        out.push_back((*found)[i].get<std::string>(0));
    co_return out;
}

awaitable<result<std::vector<customer_reference>>> import_repository::find_customers(
    session& on, uuid org, const std::vector<std::string>& references, deadline until) const {
    parameters values{org, references};
    const auto found = co_await on.execute(find_customers_, std::move(values), until);
    if (!found)
        co_return found.error();
    std::vector<customer_reference> out;
    for (std::size_t i = 0; i < found->size(); ++i)
        out.push_back({(*found)[i].get<std::string>(0), (*found)[i].get<uuid>(1)});
    co_return out;
}

awaitable<result<std::vector<import_repository::known_key>>>
import_repository::find_keys(session& on, uuid org, const std::vector<uuid>& keys, deadline until) const {
    parameters values{org, keys};
    const auto found = co_await on.execute(find_keys_, std::move(values), until);
    if (!found)
        co_return found.error();
    std::vector<known_key> out;
    for (std::size_t i = 0; i < found->size(); ++i)
        out.push_back({static_cast<std::size_t>((*found)[i].get<std::int64_t>(0)) - 1, (*found)[i].get<uuid>(1)});
    co_return out;
}

awaitable<result<>> import_repository::insert_accounts(
    session& on, uuid org, const std::vector<imported_account>& accounts, deadline until) const {
    array<uuid> ids, customers;
    array<std::string_view> codes, names, types, currencies;
    array<std::int64_t> floors, ceilings;
    for (const auto& a : accounts) {
        ids.add(a.id);
        codes.add(std::string_view{a.code});
        names.add(std::string_view{a.name});
        types.add(std::string_view{a.type});
        currencies.add(std::string_view{a.currency});
        floors.add(a.floor);
        ceilings.add(a.ceiling);
        customers.add(a.customer_id);
    }
    return perform(
        on, insert_accounts_, parameters{org, ids, codes, names, types, currencies, floors, ceilings, customers},
        until);
}

awaitable<result<>>
import_repository::ensure_partitions(session& on, timestamp first, timestamp last, deadline until) const {
    return perform(on, ensure_partitions_, parameters{first, last}, until);
}

void import_repository::look_up_rows(transaction& on) const {
    on.enqueue(look_up_rows_, {});
}

std::vector<const statement*> import_repository::statements() const {
    return {&find_,           &advance_,   &find_bounds_,     &find_chart_,        &find_assets_,
            &find_customers_, &find_keys_, &insert_accounts_, &ensure_partitions_, &look_up_rows_};
}

} // namespace bursar::db::repositories
