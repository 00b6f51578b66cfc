#include "db/repositories/ledger/proof.hpp"

#include "db/repositories/ledger/index_walk.hpp"

namespace bursar::db::repositories {

namespace {

// seq says how many entries an account has, so that a slice takes no more accounts than it has room for; the limits
// hold should seq be wrong. Of an account that the last slice left in the middle, the entries after that place.
const statement accounts_statement{
    "ledger_proof.accounts", access::read,
    "select a.org_id, a.id, a.credit_normal, a.status = 'closed', a.floor, a.ceiling, a.seq, a.last_recorded_at,"
    " a.balance, a.pending_debits, a.pending_credits,"
    " c.seq, c.recorded_at, c.balance, c.pending_debits, c.pending_credits,"
    " l.seq, l.recorded_at, l.balance, l.pending_debits, l.pending_credits,"
    " e.seq, e.recorded_at, e.balance, e.pending_debits, e.pending_credits, e.transfer_id, e.leg, e.debit, e.amount,"
    " e.held, e.currency = a.currency, t.recorded_at, t.effective_at = e.effective_at and a.id = any (t.account_ids)"
    " from (select *, sum(seq - from_seq) over (order by org_id, id) - (seq - from_seq) as before"
    "       from (select *, case when org_id = $3 and id = $4 then $5 else '-infinity'::timestamptz end as from_time,"
    "             case when org_id = $3 and id = $4 then $6 else 0 end as from_seq"
    "             from accounts where (org_id, id) > ($1, $2) and org_id <= $7"
    "             order by org_id, id limit $10) f) a"
    " left join lateral (select * from carried_balances where org_id = a.org_id and account_id = a.id"
    "                    and recorded_at < $9 limit 1) c on true"
    " left join lateral (select * from entries where org_id = a.org_id and account_id = a.id"
    "                    order by recorded_at desc, seq desc limit 1) l on true"
    " left join lateral (select * from entries where org_id = a.org_id and account_id = a.id"
    "                    and (recorded_at, seq) > (a.from_time, a.from_seq)"
    "                    and recorded_at >= a.from_time and recorded_at <= $8"
    "                    order by recorded_at, seq limit $10) e on true"
    " left join lateral (select recorded_at, effective_at, account_ids from transfers"
    "                    where org_id = e.org_id and id = e.transfer_id offset 0) t on true"
    " where a.before < $10 order by a.org_id, a.id, e.recorded_at, e.seq limit $10"};

// A transfer's own sides, those of the transfers that follow it summed by kind, the followers by kind, and
// reversed_legs: as many as a transfer has legs, however many followed it. A sum that is out of range stays at its end.
const statement transfers_statement{
    "ledger_proof.transfers", access::read,
    "select t.org_id, t.id, t.kind, t.state, t.target_id,"
    " (select true from transfers where org_id = t.org_id and id = t.target_id), t.amount, t.legs,"
    " cardinality(t.account_ids), t.reversed, t.settled_by, t.recorded_at,"
    " p.part, p.kind, p.leg, p.debit, p.id, p.amount, p.held, p.currency, p.found,"
    " p.clearing, p.exponent, t.fx_leg, t.fx_rate::text"
    " from (select * from transfers where (org_id, id) > ($1, $2) and org_id <= $3"
    "       order by org_id, id limit $4) t"
    " left join lateral ("
    "   select 'own' as part, null as kind, e.leg, e.debit, e.account_id as id, e.amount, e.held,"
    "   e.currency, (select true from accounts where org_id = e.org_id and id = e.account_id) as found,"
    "   case when t.fx_leg is not null then (select code = 'fx:' || currency from accounts"
    "   where org_id = e.org_id and id = e.account_id) end as clearing,"
    "   case when t.fx_leg is not null then (select exponent from assets"
    "   where org_id = e.org_id and code = e.currency) end as exponent"
    "   from " +
        entries_of("t") +
        "   union all"
        "   select 'followed', f.kind, e.leg, e.debit, e.account_id,"
        "   least(greatest(sum(e.amount), -9223372036854775807), 9223372036854775807)::bigint,"
        "   least(greatest(sum(e.held), -9223372036854775807), 9223372036854775807)::bigint, null, null, null, null"
        "   from transfers f cross join lateral " +
        entries_of("f") +
        "   where f.org_id = t.org_id and f.target_id = t.id group by f.kind, e.leg, e.debit, e.account_id"
        "   union all"
        "   select 'following', f.kind, null, null, min(f.id::text)::uuid, count(*), null, null, null, null, null"
        "   from transfers f where f.org_id = t.org_id and f.target_id = t.id group by f.kind"
        "   union all"
        "   select 'reversed', null, r.ordinality::smallint, null, null, r.amount, null, null, null, null, null"
        "   from unnest(t.reversed_legs) with ordinality r (amount, ordinality)"
        " ) p on true"
        " order by t.org_id, t.id, p.part, p.leg, p.debit desc"};

// From one account that entries name to the next by the index of entries, however many entries lie between.
const statement named_accounts_statement{
    "ledger_proof.named_accounts", access::read,
    "with recursive named (org_id, account_id, place) as ("
    " (select org_id, account_id, 1 from entries where account_id > $1 order by account_id limit 1)"
    " union all"
    " select n.org_id, n.account_id, before.place + 1 from named before, lateral ("
    "  select org_id, account_id from entries where account_id > before.account_id order by account_id limit 1) n"
    " where before.place < $2)"
    " select n.org_id, n.account_id, a.id is not null from named n"
    " left join accounts a on a.org_id = n.org_id and a.id = n.account_id order by n.place"};

const statement first_kept_statement{
    "ledger_proof.first_kept", access::read,
    "select coalesce(min(substring(pg_get_expr(c.relpartbound, c.oid) from 'FROM \\(''([^'']+)''\\)')::timestamptz),"
    " 'epoch') from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'entries'::regclass"
    " and not i.inhdetachpending"};

const statement unequal_sums_statement{
    "ledger_proof.unequal_sums", access::read,
    "select currency, sum(balance)::text, (sum(pending_debits) - sum(pending_credits))::text from accounts"
    " where org_id = $1 group by currency having sum(balance) <> 0 or sum(pending_debits) <> sum(pending_credits)"
    " order by currency"};

const statement next_organization_statement{
    "ledger_proof.next_organization", access::read, "select id from organizations where id > $1 order by id limit 1"};

account_position read_position(const row& from, int first) {
    return {
        from.get<std::int64_t>(first), from.get<timestamp>(first + 1), from.get<std::int64_t>(first + 2),
        from.get<std::int64_t>(first + 3), from.get<std::int64_t>(first + 4)};
}

account_step read_account_step(const row& from) {
    account_step out;
    auto& account = out.account;
    from.read(account.key.org, account.key.id, account.credit_normal, account.closed, account.floor, account.ceiling);
    account.says = read_position(from, 6);
    if (!from.is_null(11))
        account.carried = read_position(from, 11);
    if (!from.is_null(16))
        account.last = read_position(from, 16);
    if (from.is_null(21))
        return out;
    auto& entry = out.entry.emplace();
    entry.after = read_position(from, 21);
    entry.transfer_id = from.get<uuid>(26);
    entry.leg = from.get<std::int16_t>(27);
    entry.debit = from.get<bool>(28);
    entry.amount = from.get<std::int64_t>(29);
    entry.held = from.get<std::int64_t>(30);
    entry.in_currency = from.get<bool>(31);
    entry.transfer_recorded_at = from.get<std::optional<timestamp>>(32);
    entry.named = from.get<std::optional<bool>>(33).value_or(false);
    return out;
}

proof_transfer read_header(const row& from) {
    proof_transfer out;
    std::optional<bool> target_found;
    from.read(
        out.key.org, out.key.id, out.kind, out.state, out.target_id, target_found, out.amount, out.legs, out.accounts,
        out.reversed, out.settled_by, out.recorded_at);
    out.target_found = target_found.has_value();
    out.fx_leg = from.get<std::optional<std::int16_t>>(23);
    if (out.fx_leg)
        out.fx_rate = from.get<std::optional<std::string>>(24).value_or("");
    return out;
}

leg_side read_side(const row& from) {
    return {
        from.get<std::optional<std::string>>(13).value_or(""),
        from.get<std::int16_t>(14),
        from.get<bool>(15),
        from.get<uuid>(16),
        from.get<std::int64_t>(17),
        from.get<std::int64_t>(18),
        from.get<std::optional<std::string>>(19).value_or(""),
        from.get<std::optional<bool>>(20).value_or(false),
        from.get<std::optional<bool>>(21).value_or(false),
        from.get<std::optional<std::int16_t>>(22)};
}

void add_part(proof_transfer& to, const row& from) {
    const auto part = from.get<std::optional<std::string_view>>(12);
    if (part == "own")
        to.own.push_back(read_side(from));
    else if (part == "followed")
        to.followed.push_back(read_side(from));
    else if (part == "following")
        to.following.push_back({from.get<std::string>(13), from.get<std::int64_t>(17), from.get<uuid>(16)});
    else if (part == "reversed")
        to.reversed_legs.push_back(from.get<std::optional<std::int64_t>>(17).value_or(0));
}

} // namespace

awaitable<result<std::vector<account_step>>>
read_account_slice(session& on, account_cursor after, account_bounds bounds, std::int64_t size, deadline until) {
    parameters values{after.done.org, after.done.id,   after.within.org, after.within.id,   after.from.recorded_at,
                      after.from.seq, bounds.last_org, bounds.newest,    bounds.first_kept, size};
    const auto found = co_await on.execute(accounts_statement, std::move(values), until);
    if (!found)
        co_return found.error();
    std::vector<account_step> out;
    out.reserve(found->size());
    for (std::size_t i = 0; i < found->size(); ++i)
        out.push_back(read_account_step((*found)[i]));
    co_return out;
}

awaitable<result<std::vector<proof_transfer>>>
read_transfer_slice(session& on, ledger_key after, uuid last_org, std::int64_t size, deadline until) {
    parameters values{after.org, after.id, last_org, size};
    const auto found = co_await on.execute(transfers_statement, std::move(values), until);
    if (!found)
        co_return found.error();
    std::vector<proof_transfer> out;
    for (std::size_t i = 0; i < found->size(); ++i) {
        const auto row = (*found)[i];
        const ledger_key key{row.get<uuid>(0), row.get<uuid>(1)};
        if (out.empty() || out.back().key != key)
            out.push_back(read_header(row));
        add_part(out.back(), row);
    }
    co_return out;
}

awaitable<result<std::vector<named_account>>>
read_named_accounts(session& on, uuid after, std::int64_t size, deadline until) {
    const auto found = co_await on.execute(named_accounts_statement, parameters{after, size}, until);
    if (!found)
        co_return found.error();
    std::vector<named_account> out;
    for (std::size_t i = 0; i < found->size(); ++i) {
        auto& each = out.emplace_back();
        (*found)[i].read(each.key.org, each.key.id, each.found);
    }
    co_return out;
}

awaitable<result<timestamp>> read_first_kept(session& on, deadline until) {
    const auto found = co_await on.execute(first_kept_statement, {}, until);
    if (!found)
        co_return found.error();
    co_return found->front().get<timestamp>(0);
}

awaitable<result<std::vector<currency_sum>>> read_unequal_sums(session& on, uuid org, deadline until) {
    const auto found = co_await on.execute(unequal_sums_statement, parameters{org}, until);
    if (!found)
        co_return found.error();
    std::vector<currency_sum> out;
    for (std::size_t i = 0; i < found->size(); ++i) {
        auto& each = out.emplace_back();
        (*found)[i].read(each.currency, each.balance, each.pending);
    }
    co_return out;
}

awaitable<result<std::optional<uuid>>> read_next_organization(session& on, uuid after, deadline until) {
    const auto found = co_await on.execute(next_organization_statement, parameters{after}, until);
    if (!found)
        co_return found.error();
    if (found->empty())
        co_return std::nullopt;
    co_return found->front().get<uuid>(0);
}

} // namespace bursar::db::repositories
