#include "db/repositories/ledger_chain.hpp"

#include "db/repositories/entries_of.hpp"

namespace bursar::db::repositories {

namespace {

// Transfers with their entries, in the order of `source`: a from-item with columns id and place.
std::string content_of(const std::string& columns, const std::string& source) {
    return "select " + columns +
           ", t.id, t.kind, t.target_id, t.idempotency_key, t.request_hash, t.amount, t.legs, t.description,"
           " t.external_reference, t.metadata::jsonb, t.effective_at, t.recorded_at, t.expires_at, t.actor_id,"
           " e.leg, e.debit, e.account_id, e.currency, e.seq, e.amount, e.held, "
           "e.balance, e.pending_debits,"
           " e.pending_credits, e.effective_at, e.recorded_at from " +
           source +
           " left join lateral (select * from transfers where org_id = $1 and id = i.id offset 0) t on true"
           " left join lateral " +
           entries_of("t") +
           " on true"
           " order by i.place, e.leg, e.debit desc, e.account_id, e.seq";
}

// Events that were open at the snapshot {0} or came after it.
std::string events_beyond(const std::string& snapshot, const std::string& columns, const std::string& rest) {
    const auto part = [&](const std::string& condition) {
        return "(select " + columns + " from events where org_id = $1 and " + condition + rest + ")";
    };
    return part("xid >= pg_snapshot_xmax(" + snapshot + ")") + " union all " +
           part("xid = any (array(select pg_snapshot_xip(" + snapshot + ")))");
}

const std::string sealed_snapshot =
    "coalesce((select snapshot from ledger_seals where org_id = $1), '1:1:'::pg_snapshot)";

// One row, whether there is a block or not.
const std::string last_block =
    " from (select) none left join lateral (select number, hash from ledger_blocks where org_id = $1"
    " order by number desc limit 1) b on true";

const statement head_statement{
    "ledger_chain.head", access::read, "select b.number, encode(b.hash, 'hex')" + last_block};

const statement next_block_statement{
    "ledger_chain.next_block", access::read,
    "select org_id, number, transfers, entries, first_recorded_at, sealed_at,"
    " encode(content_hash, 'hex'), encode(previous_hash, 'hex'), encode(hash, 'hex') from ledger_blocks"
    " where (org_id, number) > ($1, $2) and org_id <= $3 order by org_id, number limit 1"};

const statement block_content_statement{
    "ledger_chain.block_content", access::read,
    content_of(
        "i.place", "unnest((select transfer_ids from ledger_blocks where org_id = $1 and number = $2))"
                   " with ordinality i (id, place)")};

const statement last_block_before_statement{
    "ledger_chain.last_block_before", access::read,
    "select coalesce(max(number), 0) from ledger_blocks where org_id = $1 and first_recorded_at < $2"};

const std::string waiting_transfers =
    events_beyond(sealed_snapshot, "resource_id as id", " and type like 'transfer.%'");

const statement coverage_statement{
    "ledger_chain.coverage", access::read,
    "select (select count(*) from transfers where org_id = $1),"
    " (select coalesce(sum(transfers), 0) from ledger_blocks where org_id = $1)::bigint,"
    " (select count(*) from (" +
        waiting_transfers + ") w)"};

const statement uncovered_statement{
    "ledger_chain.uncovered", access::read,
    "with kept as (select id from transfers where org_id = $1),"
    " covered as (select unnest(transfer_ids) as id from ledger_blocks where org_id = $1 union all " +
        waiting_transfers +
        ")"
        " select id from ((select id from kept except all select id from covered limit 5)"
        " union all (select id from covered except all select id from kept limit 5)) x order by id"};

// Events of any kind: a chain is opened for them too, and moves past them.
const statement unsealed_statement{
    "ledger_chain.unsealed", access::read,
    "select o.id, e.recorded_at from organizations o left join ledger_seals s on s.org_id = o.id"
    " cross join lateral ((select recorded_at from events where org_id = o.id"
    "  and xid = any (array(select pg_snapshot_xip(s.snapshot))) order by xid, seq limit 1)"
    " union all (select recorded_at from events where org_id = o.id"
    "  and xid >= coalesce(pg_snapshot_xmax(s.snapshot), '1') order by xid, seq limit 1) limit 1) e"
    " where o.id > $1 order by o.id limit $2"};

const statement one_snapshot_statement{
    "ledger_chain.one_snapshot", access::write, "set transaction isolation level repeatable read"};

const statement open_statement{
    "ledger_chain.open", access::write,
    "select pg_try_advisory_xact_lock(hashtextextended('bursar.ledger_seal', 0)), " + sealed_snapshot +
        "::text, b.number, encode(b.hash, 'hex')" + last_block};

const statement unsealed_transfers_statement{
    "ledger_chain.unsealed_transfers", access::read,
    content_of(
        "i.id, i.xid::text, i.seq",
        "(select n.id, n.xid, n.seq, row_number() over (order by n.xid, n.seq) as place from (" +
            events_beyond(
                "$2::text::pg_snapshot", "resource_id as id, xid, seq",
                " and (xid, seq) > ($3::text::xid8, $4) and type like 'transfer.%' order by xid, seq limit $5") +
            " order by xid, seq limit $5) n) i")};

const statement insert_block_statement{
    "ledger_chain.insert_block", access::write,
    "insert into ledger_blocks (org_id, number, transfer_ids, entries, first_recorded_at, sealed_at, content_hash,"
    " previous_hash, hash)"
    " values ($1, $2, $3, $4, $5, $6, decode($7, 'hex'), decode($8, 'hex'), decode($9, 'hex'))"};

const statement close_statement{
    "ledger_chain.close", access::write,
    "insert into ledger_seals (org_id, snapshot) values ($1, pg_current_snapshot())"
    " on conflict (org_id) do update set snapshot = excluded.snapshot"};

chained_transfer read_transfer(const row& from, int first) {
    chained_transfer out;
    out.id = from.get<uuid>(first);
    out.kind = from.get<std::string>(first + 1);
    out.target_id = from.get<std::optional<uuid>>(first + 2);
    out.idempotency_key = from.get<uuid>(first + 3);
    out.request_hash = from.get<uuid>(first + 4);
    out.amount = from.get<std::int64_t>(first + 5);
    out.legs = from.get<std::int16_t>(first + 6);
    out.description = from.get<std::optional<std::string>>(first + 7);
    out.external_reference = from.get<std::optional<std::string>>(first + 8);
    out.metadata = from.get<std::string>(first + 9);
    out.effective_at = from.get<timestamp>(first + 10);
    out.recorded_at = from.get<timestamp>(first + 11);
    out.expires_at = from.get<std::optional<timestamp>>(first + 12);
    out.actor_id = from.get<std::optional<uuid>>(first + 13);
    return out;
}

void add_entry(chained_transfer& to, const row& from, int first) {
    if (from.is_null(first))
        return;
    auto& out = to.entries.emplace_back();
    out.leg = from.get<std::int16_t>(first);
    out.debit = from.get<bool>(first + 1);
    out.account_id = from.get<uuid>(first + 2);
    out.currency = from.get<std::string>(first + 3);
    out.seq = from.get<std::int64_t>(first + 4);
    out.amount = from.get<std::int64_t>(first + 5);
    out.held = from.get<std::int64_t>(first + 6);
    out.balance = from.get<std::int64_t>(first + 7);
    out.pending_debits = from.get<std::int64_t>(first + 8);
    out.pending_credits = from.get<std::int64_t>(first + 9);
    out.effective_at = from.get<timestamp>(first + 10);
    out.recorded_at = from.get<timestamp>(first + 11);
}

constexpr int transfer_columns = 14;

chain_head read_head(const row& from, int first) {
    return {
        from.get<std::optional<std::int64_t>>(first).value_or(0),
        from.get<std::optional<std::string>>(first + 1).value_or("")};
}

} // namespace

awaitable<result<chain_head>> read_chain_head(session& on, uuid org, deadline until) {
    const auto found = co_await on.execute(head_statement, parameters{org}, until);
    if (!found)
        co_return found.error();
    co_return read_head(found->front(), 0);
}

awaitable<result<std::optional<ledger_block>>>
read_next_block(session& on, uuid org, std::int64_t number, uuid last_org, deadline until) {
    const auto found = co_await on.execute(next_block_statement, parameters{org, number, last_org}, until);
    if (!found)
        co_return found.error();
    if (found->empty())
        co_return std::nullopt;
    ledger_block out;
    found->front().read(
        out.org, out.number, out.transfers, out.entries, out.first_recorded_at, out.sealed_at, out.content_hash,
        out.previous_hash, out.hash);
    co_return out;
}

awaitable<result<std::vector<chained_transfer>>>
read_block_content(session& on, uuid org, std::int64_t number, deadline until) {
    const auto found = co_await on.execute(block_content_statement, parameters{org, number}, until);
    if (!found)
        co_return found.error();
    std::vector<chained_transfer> out;
    std::int64_t place = 0;
    for (std::size_t i = 0; i < found->size(); ++i) {
        const auto row = (*found)[i];
        if (row.is_null(1))
            continue;
        if (const auto here = row.get<std::int64_t>(0); here != place) {
            out.push_back(read_transfer(row, 1));
            place = here;
        }
        add_entry(out.back(), row, 1 + transfer_columns);
    }
    co_return out;
}

awaitable<result<std::int64_t>> read_last_block_before(session& on, uuid org, timestamp time, deadline until) {
    const auto found = co_await on.execute(last_block_before_statement, parameters{org, time}, until);
    if (!found)
        co_return found.error();
    co_return found->front().get<std::int64_t>(0);
}

awaitable<result<chain_coverage>> read_chain_coverage(session& on, uuid org, deadline until) {
    const auto found = co_await on.execute(coverage_statement, parameters{org}, until);
    if (!found)
        co_return found.error();
    chain_coverage out;
    found->front().read(out.transfers, out.sealed, out.waiting);
    co_return out;
}

awaitable<result<std::vector<uuid>>> read_uncovered(session& on, uuid org, deadline until) {
    const auto found = co_await on.execute(uncovered_statement, parameters{org}, until);
    if (!found)
        co_return found.error();
    std::vector<uuid> out;
    for (std::size_t i = 0; i < found->size(); ++i)
        out.push_back((*found)[i].get<uuid>(0));
    co_return out;
}

awaitable<result<std::vector<unsealed>>> read_unsealed(session& on, uuid after_org, std::int64_t size, deadline until) {
    const auto found = co_await on.execute(unsealed_statement, parameters{after_org, size}, until);
    if (!found)
        co_return found.error();
    std::vector<unsealed> out;
    for (std::size_t i = 0; i < found->size(); ++i) {
        auto& each = out.emplace_back();
        (*found)[i].read(each.org, each.since);
    }
    co_return out;
}

awaitable<result<open_end>> open_chain(transaction& on, uuid org, deadline until) {
    on.enqueue(one_snapshot_statement, {});
    const auto found = co_await on.execute(open_statement, parameters{org}, until);
    if (!found)
        co_return found.error();
    const auto row = found->front();
    co_return open_end{row.get<bool>(0), row.get<std::string>(1), read_head(row, 2)};
}

awaitable<result<std::vector<unsealed_transfer>>> read_unsealed_transfers(
    session& on, uuid org, std::string sealed, feed_position after, std::int64_t size, deadline until) {
    parameters values{org, sealed, after.xid, after.seq, size};
    const auto found = co_await on.execute(unsealed_transfers_statement, std::move(values), until);
    if (!found)
        co_return found.error();
    std::vector<unsealed_transfer> out;
    for (std::size_t i = 0; i < found->size(); ++i) {
        const auto row = (*found)[i];
        const auto seq = row.get<std::int64_t>(2);
        if (out.empty() || out.back().at.seq != seq) {
            out.push_back({{row.get<std::string>(1), seq}, row.get<uuid>(0), std::nullopt});
            if (!row.is_null(3))
                out.back().row = read_transfer(row, 3);
        }
        if (out.back().row)
            add_entry(*out.back().row, row, 3 + transfer_columns);
    }
    co_return out;
}

awaitable<result<>> insert_block(session& on, ledger_block block, std::vector<uuid> transfer_ids, deadline until) {
    parameters values{block.org,       block.number,       transfer_ids,        block.entries, block.first_recorded_at,
                      block.sealed_at, block.content_hash, block.previous_hash, block.hash};
    const auto done = co_await on.execute(insert_block_statement, std::move(values), until);
    if (!done)
        co_return done.error();
    co_return result<>{};
}

awaitable<result<>> close_chain(transaction& on, uuid org, deadline until) {
    const auto done = co_await on.execute_and_commit(close_statement, parameters{org}, until);
    if (!done)
        co_return done.error();
    co_return result<>{};
}

} // namespace bursar::db::repositories
