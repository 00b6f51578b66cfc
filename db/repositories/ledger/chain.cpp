#include "db/repositories/ledger/chain.hpp"

#include "db/repositories/ledger/index_walk.hpp"
#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

void read_rate(chained_transfer& out, const row& from, int at) {
    if (out.fx_leg)
        out.fx_rate = from.get<std::optional<std::string>>(at).value_or("");
}

constexpr mapping transfer_row{
    column{"id", &chained_transfer::id},
    column{"kind", &chained_transfer::kind},
    column{"target_id", &chained_transfer::target_id},
    column{"idempotency_key", &chained_transfer::idempotency_key},
    column{"request_hash", &chained_transfer::request_hash},
    column{"amount", &chained_transfer::amount},
    column{"legs", &chained_transfer::legs},
    column{"description", &chained_transfer::description},
    column{"external_reference", &chained_transfer::external_reference},
    column{"metadata::jsonb", &chained_transfer::metadata},
    column{"effective_at", &chained_transfer::effective_at},
    column{"recorded_at", &chained_transfer::recorded_at},
    column{"expires_at", &chained_transfer::expires_at},
    column{"actor_id", &chained_transfer::actor_id},
    column{"fx_leg", &chained_transfer::fx_leg},
    derived<chained_transfer>("fx_rate::text", read_rate), // behind fx_leg
    column{"fx_source", &chained_transfer::fx_source}};

constexpr mapping entry_row{
    column{"leg", &chained_entry::leg},
    column{"debit", &chained_entry::debit},
    column{"account_id", &chained_entry::account_id},
    column{"currency", &chained_entry::currency},
    column{"seq", &chained_entry::seq},
    column{"amount", &chained_entry::amount},
    column{"held", &chained_entry::held},
    column{"balance", &chained_entry::balance},
    column{"pending_debits", &chained_entry::pending_debits},
    column{"pending_credits", &chained_entry::pending_credits},
    column{"effective_at", &chained_entry::effective_at},
    column{"recorded_at", &chained_entry::recorded_at}};

constexpr mapping block_row{
    column{"org_id", &ledger_block::org},
    column{"number", &ledger_block::number},
    column{"transfers", &ledger_block::transfers},
    column{"entries", &ledger_block::entries},
    column{"first_recorded_at", &ledger_block::first_recorded_at},
    column{"sealed_at", &ledger_block::sealed_at},
    column{"encode(content_hash, 'hex')", &ledger_block::content_hash},
    column{"encode(previous_hash, 'hex')", &ledger_block::previous_hash},
    column{"encode(hash, 'hex')", &ledger_block::hash}};

// Transfers with their entries, for each id of `source`: a from-item with that column.
std::string content_of(const std::string& columns, const std::string& source, const std::string& order) {
    return "select " + columns + ", " + transfer_row.columns("t") + ", " + entry_row.columns("e") + " from " + source +
           " left join lateral (select * from transfers where org_id = $1 and id = i.id offset 0) t on true"
           " left join lateral " +
           entries_of("t") +
           " on true"
           " order by " +
           order + ", e.leg, e.debit desc, e.account_id, e.seq";
}

// Events that came after a snapshot, or were open at it: those by each transaction, since an index cannot be walked in
// order for a list of them.
std::string events_beyond(const std::string& snapshot, const std::string& columns, const std::string& rest) {
    const auto events = "select " + columns + " from events where org_id = $1 and ";
    return "(" + events + "xid >= pg_snapshot_xmax(" + snapshot + ")" + rest +
           ") union all (select late.* from pg_snapshot_xip(" + snapshot + ") open cross join lateral (" + events +
           "xid = open" + rest + ") late)";
}

// One row, whether there is a seal and a block or not. What is in parentheses picks the block.
std::string seal_and_block(const std::string& columns, const std::string& which) {
    return "select " + columns +
           " from (select) none left join ledger_seals s on s.org_id = $1"
           " left join lateral (select number, encode(hash, 'hex') as hash from ledger_blocks where org_id = $1" +
           which + " order by number desc limit 1) b on true";
}

const statement head_statement{
    "ledger_chain.head", access::read, seal_and_block("b.number, b.hash", " and number <= s.blocks")};

const statement blocks_statement{
    "ledger_chain.blocks", access::read,
    "select " + block_row.columns() +
        " from ledger_blocks"
        " where (org_id, number) > ($1, $2) and org_id <= $3 order by org_id, number limit 50"};

const statement block_hash_statement{
    "ledger_chain.block_hash", access::read,
    "select encode(hash, 'hex') from ledger_blocks where org_id = $1 and number = $2"};

const statement content_statement{
    "ledger_chain.content", access::read,
    content_of(
        "i.number, i.place",
        "(select number, id, place from ledger_blocks, unnest(transfer_ids) with ordinality u (id, place)"
        " where org_id = $1 and number between $2 and $3) i",
        "i.number, i.place")};

const statement last_block_before_statement{
    "ledger_chain.last_block_before", access::read,
    "select coalesce(max(number), 0) from ledger_blocks where org_id = $1 and first_recorded_at < $2"};

const std::string waiting_transfers = events_beyond(
    "coalesce((select sealed from ledger_seals where org_id = $1), '1:1:')", "resource_id as id",
    " and type like 'transfer.%' and not exists (select from ledger_seals s where s.org_id = $1"
    " and pg_visible_in_snapshot(events.xid, s.sealing) and (events.xid, events.seq) <= (s.xid, s.seq))");

const statement coverage_statement{
    "ledger_chain.coverage", access::read,
    "select (select count(*) from transfers where org_id = $1),"
    " (select coalesce(sum(transfers), 0) from ledger_blocks where org_id = $1)::bigint,"
    " (select count(*) from (" +
        waiting_transfers +
        ") w), (select coalesce(max(number), 0) from ledger_blocks where org_id = $1),"
        " coalesce((select case when sealing is null then blocks else greatest(blocks, (select max(number)"
        " from ledger_blocks where org_id = $1)) end from ledger_seals where org_id = $1), 0)"};

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
    " cross join lateral ((select late.recorded_at from pg_snapshot_xip(s.sealed) open cross join lateral"
    "  (select recorded_at from events where org_id = o.id and xid = open order by seq limit 1) late limit 1)"
    " union all (select recorded_at from events where org_id = o.id"
    "  and xid >= coalesce(pg_snapshot_xmax(s.sealed), '1') order by xid, seq limit 1) limit 1) e"
    " where o.id > $1 order by o.id limit $2"};

const statement lock_statement{
    "ledger_chain.lock", access::write, "select pg_try_advisory_xact_lock(hashtextextended('bursar.ledger_seal', 0))"};

const statement seal_statement{
    "ledger_chain.seal", access::read,
    seal_and_block(
        "coalesce(s.sealed, '1:1:')::text, coalesce(s.blocks, 0), coalesce(s.sealing, position_snapshot())::text,"
        " coalesce(s.xid, '0')::text, coalesce(s.seq, 0), b.number, b.hash",
        "")};

const statement unsealed_transfers_statement{
    "ledger_chain.unsealed_transfers", access::read,
    content_of(
        "i.id, i.xid::text, i.seq",
        "(" +
            events_beyond(
                "$2::text::pg_snapshot", "resource_id as id, xid, seq",
                " and xid < pg_snapshot_xmax($3::text::pg_snapshot)"
                " and pg_visible_in_snapshot(xid, $3::text::pg_snapshot) and (xid, seq) > ($4::text::xid8, $5)"
                " and type like 'transfer.%' order by xid, seq limit $6") +
            " order by xid, seq limit $6) i",
        "i.xid, i.seq")};

const statement insert_block_statement{
    "ledger_chain.insert_block", access::write,
    "insert into ledger_blocks (org_id, number, transfer_ids, entries, first_recorded_at, sealed_at, content_hash,"
    " previous_hash, hash)"
    " values ($1, $2, $3, $4, $5, $6, decode($7, 'hex'), decode($8, 'hex'), decode($9, 'hex'))"};

const statement keep_statement{
    "ledger_chain.keep", access::write,
    "insert into ledger_seals (org_id, sealed, blocks, sealing, xid, seq)"
    " values ($1, $2::text::pg_snapshot, $3, $4::text::pg_snapshot, $5::text::xid8, $6) on conflict (org_id)"
    " do update set sealed = excluded.sealed, blocks = excluded.blocks, sealing = excluded.sealing,"
    " xid = excluded.xid, seq = excluded.seq"};

void add_entry(chained_transfer& to, const row& from, int first) {
    if (!from.is_null(first))
        to.entries.push_back(entry_row(from, first));
}

// Rows of number, place, transfer and entry, in the order of the blocks.
void fill_contents(std::vector<sealed_block>& to, const rows& from) {
    auto block = to.begin();
    std::int64_t place = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
        const auto row = from[i];
        for (; block->header.number < row.get<std::int64_t>(0); ++block)
            place = 0;
        if (row.is_null(2))
            continue;
        if (const auto here = row.get<std::int64_t>(1); here != place) {
            block->content.push_back(transfer_row(row, 2));
            place = here;
        }
        add_entry(block->content.back(), row, 2 + transfer_row.width);
    }
}

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

awaitable<result<std::vector<sealed_block>>>
read_blocks(session& on, uuid org, std::int64_t number, uuid last_org, std::int64_t transfers, deadline until) {
    const auto found = co_await on.execute(blocks_statement, parameters{org, number, last_org}, until);
    if (!found)
        co_return found.error();
    std::vector<sealed_block> out;
    for (std::size_t i = 0; i < found->size() && (i == 0 || transfers > 0); ++i) {
        const auto header = block_row((*found)[i]);
        if (!out.empty() && out.front().header.org != header.org)
            break;
        out.push_back({header, {}});
        transfers -= header.transfers;
    }
    if (out.empty())
        co_return out;
    const auto& first = out.front().header;
    const auto rows =
        co_await on.execute(content_statement, parameters{first.org, first.number, out.back().header.number}, until);
    if (!rows)
        co_return rows.error();
    fill_contents(out, *rows);
    co_return out;
}

awaitable<result<std::optional<std::string>>>
read_block_hash(session& on, uuid org, std::int64_t number, deadline until) {
    const auto found = co_await on.execute(block_hash_statement, parameters{org, number}, until);
    if (!found)
        co_return found.error();
    if (found->empty())
        co_return std::nullopt;
    co_return found->front().get<std::string>(0);
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
    found->front().read(out.transfers, out.sealed, out.waiting, out.blocks, out.sealed_blocks);
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

awaitable<result<bool>> lock_seals(transaction& on, deadline until) {
    const auto found = co_await on.execute(lock_statement, {}, until);
    if (!found)
        co_return found.error();
    co_return found->front().get<bool>(0);
}

awaitable<result<seal_state>> read_seal(session& on, uuid org, deadline until) {
    const auto found = co_await on.execute(seal_statement, parameters{org}, until);
    if (!found)
        co_return found.error();
    const auto row = found->front();
    seal_state out;
    row.read(out.sealed, out.blocks, out.sealing, out.reached.xid, out.reached.seq);
    out.head = read_head(row, 5);
    co_return out;
}

awaitable<result<std::vector<unsealed_transfer>>>
read_unsealed_transfers(session& on, uuid org, seal_state from, std::int64_t size, deadline until) {
    parameters values{org, from.sealed, from.sealing, from.reached.xid, from.reached.seq, size};
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
                out.back().row = transfer_row(row, 3);
        }
        if (out.back().row)
            add_entry(*out.back().row, row, 3 + transfer_row.width);
    }
    co_return out;
}

awaitable<result<>> insert_block(session& on, ledger_block block, std::vector<uuid> transfer_ids, deadline until) {
    parameters values{block.org,       block.number,       transfer_ids,        block.entries, block.first_recorded_at,
                      block.sealed_at, block.content_hash, block.previous_hash, block.hash};
    return perform(on, insert_block_statement, std::move(values), until);
}

awaitable<result<>> keep_seal(session& on, uuid org, seal_state state, cut sealing, deadline until) {
    std::optional<std::string> goes_on;
    if (sealing == cut::is_done) {
        state.sealed = state.sealing;
        state.blocks = state.head.number;
        state.reached = {};
    } else {
        goes_on = state.sealing;
    }
    return perform(
        on, keep_statement, parameters{org, state.sealed, state.blocks, goes_on, state.reached.xid, state.reached.seq},
        until);
}

} // namespace bursar::db::repositories
