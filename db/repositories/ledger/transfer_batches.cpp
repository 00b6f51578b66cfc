#include "db/repositories/ledger/transfer_batches.hpp"

#include "server/schema/enums.hpp"

#include <algorithm>

namespace bursar::db::repositories {

using server::schema::enum_name;
using server::schema::parse_enum;

namespace {

const std::string accounts_sql =
    "select u.n, a.currency, a.credit_normal, a.status = 'open', a.floor, a.ceiling, a.seq, a.balance,"
    " a.pending_debits, a.pending_credits, a.last_recorded_at, (select entries_floor_at())"
    " from unnest($1::uuid[], $2::uuid[]) with ordinality u (org_id, id, n)"
    " join accounts a on a.org_id = u.org_id and a.id = u.id order by u.n";

call with_keys(const statement& what, const std::vector<row_key>& keys) {
    array<uuid> orgs;
    array<uuid> ids;
    for (const auto& key : keys) {
        orgs.add(key.org);
        ids.add(key.id);
    }
    return {&what, parameters{orgs, ids}};
}

account_state read_account(const row& from, const std::vector<row_key>& asked) {
    account_state out;
    out.key = asked[static_cast<std::size_t>(from.get<std::int64_t>(0)) - 1];
    out.currency = from.get<std::string>(1);
    out.credit_normal = from.get<bool>(2);
    out.open = from.get<bool>(3);
    out.floor = from.get<std::optional<std::int64_t>>(4);
    out.ceiling = from.get<std::optional<std::int64_t>>(5);
    out.seq = from.get<std::int64_t>(6);
    out.balance = from.get<std::int64_t>(7);
    out.pending_debits = from.get<std::int64_t>(8);
    out.pending_credits = from.get<std::int64_t>(9);
    out.last_recorded_at = from.get<timestamp>(10);
    return out;
}

target_state read_target(const row& from, const std::vector<row_key>& asked) {
    target_state out;
    out.key = asked[static_cast<std::size_t>(from.get<std::int64_t>(0)) - 1];
    out.kind = *parse_enum<transfer_kind>(from.get<std::string_view>(1));
    out.state = *parse_enum<transfer_state>(from.get<std::string_view>(2));
    out.settled_by = from.get<std::optional<uuid>>(3);
    out.expires_at = from.get<std::optional<timestamp>>(4);
    out.recorded_at = from.get<timestamp>(5);
    out.reversed = from.get<std::int64_t>(6);
    if (!from.is_null(7))
        out.reversed_legs = from.get<std::vector<std::int64_t>>(7);
    out.held = out.state == transfer_state::pending || out.settled_by.has_value();
    return out;
}

known_request read_request(const row& from) {
    known_request out;
    out.index = static_cast<std::size_t>(from.get<std::int64_t>(0)) - 1;
    out.request_hash = from.get<uuid>(1);
    out.transfer_id = from.get<std::optional<uuid>>(2);
    if (out.transfer_id)
        return out;
    out.code = from.get<std::string>(3);
    out.message = from.get<std::string>(4);
    out.pointer = from.get<std::optional<std::string>>(5);
    out.field_message = from.get<std::optional<std::string>>(6);
    out.request_id = from.get<std::string>(7);
    return out;
}

// Transfers with their events. `more` are columns beyond those that every transfer has, and what they are made of.
std::string insert_transfers_sql(const std::vector<std::pair<std::string, std::string>>& more) {
    std::string names, values, sources;
    for (const auto& [name, source] : more) {
        names.append(", ").append(name);
        values.append(", u.").append(name);
        sources.append(", ").append(source).append(" ").append(name);
    }
    return "with made as (insert into transfers (org_id, id, kind, state, target_id, idempotency_key, request_hash,"
           " amount, legs, account_ids, description, external_reference, metadata, effective_at, recorded_at,"
           " expires_at, actor_id" +
           names +
           ") select u.org_id, u.id, u.kind, u.state, u.target_id, u.idempotency_key, u.request_hash, u.amount, u.legs,"
           " ($10::uuid[])[u.first:u.last], u.description, u.external_reference, u.metadata::json, u.effective_at,"
           " u.recorded_at, u.expires_at, u.actor_id" +
           values +
           " from (select unnest($1::uuid[]) org_id, unnest($2::uuid[]) id, unnest($3::text[]) kind,"
           " unnest($4::text[]) state, unnest($5::uuid[]) target_id, unnest($6::uuid[]) idempotency_key,"
           " unnest($7::uuid[]) request_hash, unnest($8::int8[]) amount, unnest($9::int2[]) legs,"
           " unnest($11::int8[]) first, unnest($12::int8[]) last, unnest($13::text[]) description,"
           " unnest($14::text[]) external_reference, unnest($15::text[]) metadata, unnest($16::timestamptz[])"
           " effective_at, unnest($17::timestamptz[]) recorded_at, unnest($18::timestamptz[]) expires_at,"
           " unnest($19::uuid[]) actor_id" +
           sources +
           ") u returning org_id, id, kind, recorded_at)"
           " insert into events (org_id, type, resource_id, recorded_at)"
           " select org_id, case kind when 'transfer' then 'transfer.created' when 'posting' then 'transfer.posted'"
           " when 'void' then 'transfer.voided' when 'expiry' then 'transfer.expired' else 'transfer.reversed' end,"
           " id, recorded_at from made";
}

bool any_conversion(const std::vector<new_transfer_row>& rows) {
    return std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.fx != nullptr; });
}

void add_conversions(parameters& to, const std::vector<new_transfer_row>& rows) {
    array<std::int16_t> legs;
    array<std::string_view> rates, sources;
    for (const auto& row : rows) {
        if (row.fx == nullptr) {
            legs.add_null();
            rates.add_null();
            sources.add_null();
            continue;
        }
        legs.add(static_cast<std::int16_t>(row.fx->leg));
        rates.add(std::string_view{row.fx->rate});
        sources.add(row.fx->source ? std::optional<std::string_view>{*row.fx->source} : std::nullopt);
    }
    to.add(legs);
    to.add(rates);
    to.add(sources);
}

call insert_transfers(const statement& what, const std::vector<new_transfer_row>& rows) {
    array<uuid> orgs, ids, targets, keys, hashes, accounts, actors;
    array<std::string_view> kinds, states, descriptions, references, metadata;
    array<std::int64_t> amounts, first, last;
    array<std::int16_t> legs;
    array<timestamp> effective, recorded, expires;
    for (const auto& row : rows) {
        orgs.add(row.key.org);
        ids.add(row.key.id);
        kinds.add(enum_name(row.kind));
        states.add(enum_name(row.state));
        targets.add(row.target_id);
        keys.add(row.idempotency_key);
        hashes.add(row.request_hash);
        amounts.add(row.amount);
        legs.add(row.legs);
        first.add(static_cast<std::int64_t>(accounts.size()) + 1);
        for (const auto& id : row.account_ids)
            accounts.add(id);
        last.add(static_cast<std::int64_t>(accounts.size()));
        descriptions.add(row.description);
        references.add(row.external_reference);
        metadata.add(row.metadata);
        effective.add(row.effective_at);
        recorded.add(row.recorded_at);
        expires.add(row.expires_at);
        actors.add(row.actor_id);
    }
    return {
        &what, parameters{
                   orgs, ids, kinds, states, targets, keys, hashes, amounts, legs, accounts, first, last, descriptions,
                   references, metadata, effective, recorded, expires, actors}};
}

call update_targets(const statement& what, const std::vector<target_state>& targets) {
    array<uuid> orgs, ids, settled;
    array<std::string_view> states;
    array<std::int64_t> reversed, legs, first, last;
    for (const auto& target : targets) {
        orgs.add(target.key.org);
        ids.add(target.key.id);
        states.add(enum_name(target.state));
        settled.add(target.settled_by);
        reversed.add(target.reversed);
        first.add(static_cast<std::int64_t>(legs.size()) + 1);
        for (const auto amount : target.reversed_legs)
            legs.add(amount);
        last.add(static_cast<std::int64_t>(legs.size()));
    }
    return {&what, parameters{orgs, ids, states, settled, reversed, legs, first, last}};
}

// In the order of their accounts: where two processes write the same entry, the second waits for the first before it
// has written one that the first comes to.
call insert_entries(const statement& what, const std::vector<new_entry_row>& rows) {
    std::vector<const new_entry_row*> sorted;
    sorted.reserve(rows.size());
    for (const auto& row : rows)
        sorted.push_back(&row);
    std::stable_sort(
        sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->account < b->account; });
    array<uuid> orgs, accounts, transfers;
    array<timestamp> recorded, effective;
    array<std::int64_t> seqs, amounts, held, balances, debits, credits;
    array<std::int16_t> legs;
    array<bool> sides;
    array<std::string_view> currencies;
    for (const auto* entry : sorted) {
        const auto& row = *entry;
        orgs.add(row.account.org);
        accounts.add(row.account.id);
        transfers.add(row.transfer_id);
        recorded.add(row.recorded_at);
        effective.add(row.effective_at);
        seqs.add(row.seq);
        amounts.add(row.amount);
        held.add(row.held);
        balances.add(row.balance);
        debits.add(row.pending_debits);
        credits.add(row.pending_credits);
        legs.add(row.leg);
        sides.add(row.debit);
        currencies.add(row.currency);
    }
    return {
        &what, parameters{
                   orgs, accounts, transfers, recorded, effective, seqs, amounts, held, balances, debits, credits, legs,
                   sides, currencies}};
}

call insert_refusals(const statement& what, const std::vector<new_refusal_row>& rows) {
    array<uuid> orgs, keys, hashes;
    array<std::string_view> codes, messages, pointers, field_messages, requests;
    for (const auto& row : rows) {
        orgs.add(row.org);
        keys.add(row.idempotency_key);
        hashes.add(row.request_hash);
        codes.add(row.code);
        messages.add(row.message);
        pointers.add(row.pointer);
        field_messages.add(row.field_message);
        requests.add(row.request_id);
    }
    return {&what, parameters{orgs, keys, hashes, codes, messages, pointers, field_messages, requests}};
}

// What is written is held against the clock once a batch, by the first statement.
void add_clock(parameters& to, const batch_writing& what, const writer_time& clock) {
    auto newest = what.decided_at;
    for (const auto& row : what.transfers)
        newest = std::max(newest, row.recorded_at);
    to.add(clock.at);
    to.add(newest);
    to.add(std::int64_t{clock.under_way.count()});
}

} // namespace

transfer_batch_repository::transfer_batch_repository()
    : read_accounts_("transfer_batches.read_accounts", access::write, accounts_sql)
    , lock_accounts_("transfer_batches.lock_accounts", access::write, accounts_sql + " for no key update of a")
    , lock_targets_(
          "transfer_batches.lock_targets", access::write,
          "select u.n, t.kind, t.state, t.settled_by, t.expires_at, t.recorded_at, t.reversed, t.reversed_legs"
          " from unnest($1::uuid[], $2::uuid[]) with ordinality u (org_id, id, n)"
          " join transfers t on t.org_id = u.org_id and t.id = u.id order by u.n for no key update of t")
    , find_requests_(
          "transfer_batches.find_requests", access::write,
          "select u.n, coalesce(t.request_hash, r.request_hash), t.id, r.code, r.message, r.pointer, r.field_message,"
          " r.request_id from unnest($1::uuid[], $2::uuid[]) with ordinality u (org_id, idempotency_key, n)"
          " left join lateral (select id, request_hash from transfers t where t.org_id = u.org_id"
          " and t.idempotency_key = u.idempotency_key limit 1) t on true"
          " left join lateral (select * from transfer_refusals r where r.org_id = u.org_id"
          " and r.idempotency_key = u.idempotency_key limit 1) r on true"
          " where t.id is not null or r.code is not null")
    , insert_transfers_("transfer_batches.insert_transfers", access::write, insert_transfers_sql({}))
    , insert_conversions_(
          "transfer_batches.insert_conversions", access::write,
          insert_transfers_sql(
              {{"fx_leg", "unnest($20::int2[])"},
               {"fx_rate", "unnest($21::text[])::numeric"},
               {"fx_source", "unnest($22::text[])"}}))
    , update_targets_(
          "transfer_batches.update_targets", access::write,
          "update transfers t set state = u.state, settled_by = u.settled_by, reversed = u.reversed,"
          " reversed_legs = case when u.last < u.first then t.reversed_legs else ($6::int8[])[u.first:u.last] end"
          " from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::int8[], $7::int8[], $8::int8[])"
          " u (org_id, id, state, settled_by, reversed, first, last) where t.org_id = u.org_id and t.id = u.id")
    , insert_entries_(
          "transfer_batches.insert_entries", access::write,
          "insert into entries (org_id, account_id, transfer_id, recorded_at, effective_at, seq, amount, held,"
          " balance, pending_debits, pending_credits, leg, debit, currency)"
          " select unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::timestamptz[]),"
          " unnest($5::timestamptz[]), unnest($6::int8[]), unnest($7::int8[]), unnest($8::int8[]),"
          " unnest($9::int8[]), unnest($10::int8[]), unnest($11::int8[]), unnest($12::int2[]),"
          " unnest($13::bool[]), unnest($14::text[]) where check_clock($15, $16, $17) and check_decided($18)")
    , insert_refusals_(
          "transfer_batches.insert_refusals", access::write,
          "insert into transfer_refusals (org_id, idempotency_key, request_hash, code, message, pointer,"
          " field_message, request_id)"
          " select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],"
          " $8::text[]) where check_clock($9, $10, $11)")
    , find_overdue_(
          "transfer_batches.find_overdue", access::read,
          "select org_id, id, expires_at from transfers where state = 'pending' and expires_at is not null"
          " and expires_at <= now() and (expires_at, org_id, id) > ($1, $2, $3)"
          " order by expires_at, org_id, id limit $4") {}

awaitable<result<batch_facts>>
transfer_batch_repository::read(transaction& on, const batch_reading& what, account_locks locks, deadline until) const {
    std::vector<call> calls;
    if (!what.targets.empty())
        calls.push_back(with_keys(lock_targets_, what.targets));
    calls.push_back(with_keys(locks == account_locks::none ? read_accounts_ : lock_accounts_, what.accounts));
    if (!what.requests.empty())
        calls.push_back(with_keys(find_requests_, what.requests));
    auto answers = co_await on.execute_all(std::move(calls), until);
    if (!answers)
        co_return answers.error();
    batch_facts facts;
    facts.locks = locks;
    auto answer = answers->begin();
    if (!what.targets.empty()) {
        for (std::size_t i = 0; i < answer->size(); ++i)
            facts.targets.push_back(read_target((*answer)[i], what.targets));
        ++answer;
    }
    facts.accounts.reserve(answer->size());
    for (std::size_t i = 0; i < answer->size(); ++i)
        facts.accounts.push_back(read_account((*answer)[i], what.accounts));
    if (!answer->empty())
        facts.floor = answer->front().get<timestamp>(11);
    if (!what.requests.empty() && ++answer != answers->end())
        for (std::size_t i = 0; i < answer->size(); ++i)
            facts.requests.push_back(read_request((*answer)[i]));
    co_return facts;
}

// The trigger behind the entries moves the accounts, or refuses. Behind it, and so behind whoever kept the accounts
// while refusing the same request, the keys are looked at: check_transfer_keys.
awaitable<result<>> transfer_batch_repository::write(
    transaction& on, const batch_writing& what, const writer_time& clock, deadline until) const {
    std::vector<call> calls;
    if (!what.transfers.empty()) {
        auto& entries = calls.emplace_back(insert_entries(insert_entries_, what.entries));
        add_clock(entries.values, what, clock);
        entries.values.add(what.history ? std::nullopt : std::optional{what.decided_at});
        const bool converts = any_conversion(what.transfers);
        auto& inserted =
            calls.emplace_back(insert_transfers(converts ? insert_conversions_ : insert_transfers_, what.transfers));
        if (converts)
            add_conversions(inserted.values, what.transfers);
        if (!what.targets.empty())
            calls.push_back(update_targets(update_targets_, what.targets));
    }
    if (!what.refusals.empty())
        add_clock(calls.emplace_back(insert_refusals(insert_refusals_, what.refusals)).values, what, clock);
    auto done = co_await on.execute_all_and_commit(std::move(calls), until);
    if (!done)
        co_return done.error();
    co_return result<>{};
}

awaitable<result<std::vector<overdue_transfer>>> transfer_batch_repository::find_overdue(
    session& on, const std::optional<overdue_transfer>& after, int limit, deadline until) const {
    const auto from = after.value_or(overdue_transfer{});
    parameters values{from.expires_at, from.key.org, from.key.id, std::int64_t{limit}};
    auto found = co_await on.execute(find_overdue_, std::move(values), until);
    if (!found)
        co_return found.error();
    std::vector<overdue_transfer> out;
    for (std::size_t i = 0; i < found->size(); ++i)
        out.push_back({{(*found)[i].get<uuid>(0), (*found)[i].get<uuid>(1)}, (*found)[i].get<timestamp>(2)});
    co_return out;
}

std::vector<const statement*> transfer_batch_repository::statements() const {
    return {&read_accounts_,      &lock_accounts_,  &lock_targets_,   &find_requests_,   &insert_transfers_,
            &insert_conversions_, &update_targets_, &insert_entries_, &insert_refusals_, &find_overdue_};
}

} // namespace bursar::db::repositories
