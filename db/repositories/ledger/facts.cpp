#include "db/repositories/ledger/facts.hpp"

#include <memory>

namespace bursar::db::repositories {

namespace {

// As prove_table was called for it.
struct proven {
    std::string_view name;
    std::string_view org;                                           // an expression over the row `x`
    std::vector<std::pair<std::string_view, std::string_view>> key; // columns with their types
    std::string_view left_out = "{}";
    std::string_view kept_since = {}; // the column of the time from which on it is kept for 30 days
};

constexpr std::string_view nobody = "'00000000-0000-0000-0000-000000000000'::uuid";

const std::vector<proven>& all_proven() {
    static const std::vector<proven> all{
        {"organizations", "x.id", {{"id", "uuid"}}},
        {"api_keys", "x.org_id", {{"id", "uuid"}}, "{last_used_at}"},
        {"idempotency_keys", "x.org_id", {{"route", "text"}, {"key", "text"}}, "{}", "created_at"},
        {"customers", "x.org_id", {{"id", "uuid"}}, "{open_tickets,search}"},
        {"tickets", "x.org_id", {{"id", "uuid"}}, "{search}"},
        {"ticket_comments", "x.org_id", {{"ticket_id", "uuid"}, {"number", "bigint"}}},
        {"ticket_activity", "x.org_id", {{"ticket_id", "uuid"}, {"number", "bigint"}}},
        {"assets", "x.org_id", {{"code", "text"}}},
        {"accounts", "x.org_id", {{"id", "uuid"}}, "{seq,balance,pending_debits,pending_credits,last_recorded_at}"},
        {"transfer_refusals", "x.org_id", {{"idempotency_key", "uuid"}}, "{}", "recorded_at"},
        {"transfer_batch_keys", "x.org_id", {{"idempotency_key", "uuid"}}, "{answered}"},
        {"ledger_books", "x.org_id", {{"org_id", "uuid"}}},
        {"ledger_periods", "x.org_id", {{"month", "date"}}},
        {"entry_archives", nobody, {{"month", "date"}}},
        {"carried_balances", "x.org_id", {{"account_id", "uuid"}}},
        {"ledger_imports", "x.org_id", {{"kind", "text"}, {"file_hash", "bytea"}}},
        {"scheduled_transfers", "x.org_id", {{"id", "uuid"}}, "{claimed_until}"},
        {"scheduled_transfer_legs", "x.org_id", {{"scheduled_transfer_id", "uuid"}, {"leg", "smallint"}}},
        {"ledger_clusters", nobody, {{"number", "bigint"}}},
        {"users", nobody, {{"id", "uuid"}}},
        {"memberships", "x.org_id", {{"user_id", "uuid"}}},
        {"invitations", "x.org_id", {{"id", "uuid"}}},
        {"audit_log", "x.org_id", {{"id", "uuid"}}},
    };
    return all;
}

const statement pin_statement{
    "ledger_facts.pin_texts", access::write,
    "select set_config('timezone', 'UTC', true), set_config('bytea_output', 'hex', true)"};

const statement fact_head_statement{
    "ledger_facts.head", access::read,
    "select number, encode(hash, 'hex') from fact_blocks where org_id = $1 order by number desc limit 1"};

const statement fact_block_hash_statement{
    "ledger_facts.block_hash", access::read,
    "select encode(hash, 'hex') from fact_blocks where org_id = $1 and number = $2"};

// From one organization that has some to the next, however many it has.
const statement waiting_statement{
    "ledger_facts.waiting", access::read,
    "with recursive waiting (org_id) as ((select org_id from facts_unsealed order by org_id limit 1) union all"
    " select (select org_id from facts_unsealed where org_id > w.org_id order by org_id limit 1) from waiting w"
    " where w.org_id is not null)"
    " select w.org_id, f.recorded_at from waiting w cross join lateral (select least(recorded_at, now()) as recorded_at"
    " from facts_unsealed where org_id = w.org_id limit 1) f"};

const statement fact_lock_statement{
    "ledger_facts.lock_waiting", access::write,
    "select seq, source, key, encode(hash, 'hex'), recorded_at from facts_unsealed where org_id = $1 and passing = $2"
    " order by source, key, seq limit $3 for update skip locked"};

const statement fact_insert_block_statement{
    "ledger_facts.insert_block", access::write,
    "insert into fact_blocks (org_id, number, facts, passing, last_recorded_at, sealed_at, content_hash, previous_hash,"
    " hash) values ($1, $2, $3, $4, $5, $6, decode($7, 'hex'), decode($8, 'hex'), decode($9, 'hex'))"};

const statement move_statement{
    "ledger_facts.move", access::write,
    "with moved as (delete from facts_unsealed where org_id = $1 and seq = any ($3) returning *)"
    " insert into facts_sealed (org_id, block, place, source, key, seq, hash, salt, passing, recorded_at,"
    " last_recorded_at) select org_id, $2, array_position($3, seq), source, key, seq, hash, salt, passing, recorded_at,"
    " $4 from moved"};

const statement fact_blocks_statement{
    "ledger_facts.blocks", access::read,
    "select b.org_id, b.number, b.facts, b.passing, b.last_recorded_at, b.sealed_at, encode(b.content_hash, 'hex'),"
    " encode(b.previous_hash, 'hex'), encode(b.hash, 'hex'),"
    " b.passing and b.last_recorded_at < now() - interval '30 days',"
    " f.seq, f.source, f.key, encode(f.hash, 'hex'), f.recorded_at"
    " from (select * from fact_blocks where (org_id, number) > ($1, $2) and org_id <= $3 order by org_id, number"
    " limit $4) b left join lateral (select * from facts_sealed where org_id = b.org_id and block = b.number"
    " order by place) f on true order by b.org_id, b.number, f.place"};

const statement beyond_statement{
    "ledger_facts.beyond", access::read, "select count(*) from facts_sealed where org_id = $1 and block > $2"};

std::string last_fact(const std::string& org, const std::string& table, const std::string& key) {
    const auto in = [&](const std::string& from) {
        return "(select seq, hash, salt from " + from + " where source = '" + table + "' and org_id = " + org +
               " and key = " + key + " order by seq desc limit 1)";
    };
    return "(select * from (" + in("facts_unsealed") + " union all " + in("facts_sealed") +
           ") f order by seq desc limit 1)";
}

// One row: how many rows there were, whether these pages were the last, and what does not fit. A row whose time is over
// may outlive its fact until it is purged.
std::string rows_sql(const proven& of) {
    const std::string name{of.name};
    std::string key;
    for (const auto& [column, type] : of.key)
        key.append(key.empty() ? "" : ", ").append("r.j -> '").append(column).append("'");
    const auto over = of.kept_since.empty()
                          ? std::string{"false"}
                          : "(r.j ->> '" + std::string{of.kept_since} + "')::timestamptz < now() - interval '30 days'";
    const auto slice =
        "(select " + std::string{of.org} + " as org, to_jsonb(x) as j from " + name +
        " x where x.ctid >= format('(%s,0)', $1::int8)::tid and x.ctid < format('(%s,0)', $1 + $2)::tid)";
    const auto formed = "(select r.org, r.j, jsonb_build_array(" + key + ") as key, " + over +
                        " as over, convert_to((select jsonb_object_agg(m.key, m.value)::text from jsonb_each(r.j - '" +
                        std::string{of.left_out} + "'::text[]) m where m.value <> 'null'), 'UTF8') as form from " +
                        slice + " r where r.org between $3 and $4 offset 0)";
    // A comparison with null is no match: without a fact, of a row that is gone, or with its salt taken.
    const auto judged = "(select r.org, r.key, said.seq, case when said.seq is null then not r.over"
                        " else (said.hash = sha256(said.salt || r.form)) is not true end as wrong from " +
                        formed + " r left join lateral " + last_fact("r.org", name, "r.key") + " said on true)";
    return "with judged as materialized " + judged +
           " select (select count(*) from judged), $1 + $2 >= pg_relation_size('" + name +
           "') / current_setting('block_size')::bigint, w.org, w.key::text, w.seq is null"
           " from (select) one left join (select * from judged where wrong limit 20) w on true";
}

std::string row_exists(const proven& of) {
    std::string where;
    int place = 0;
    for (const auto& [column, type] : of.key)
        where.append(" and x.")
            .append(column)
            .append(" = (f.key ->> ")
            .append(std::to_string(place++))
            .append(")::")
            .append(type);
    return "(select from " + std::string{of.name} + " x where " + std::string{of.org} + " = f.org_id" + where + ")";
}

// The last facts by key, each with whether its row is missing; behind the last key those that no block has yet.
std::string facts_sql(const proven& of) {
    const std::string name{of.name};
    const auto missing = "f.hash is not null and not exists " + row_exists(of) +
                         (of.kept_since.empty() ? "" : " and f.recorded_at > now() - interval '30 days'") +
                         " and not exists (select from facts_unsealed u where u.source = '" + name +
                         "' and u.org_id = f.org_id and u.key = f.key and u.seq > f.seq)";
    return "with sealed as materialized (select distinct on (org_id, key) org_id, key, seq, hash, recorded_at from"
           " facts_sealed where source = '" +
           name +
           "' and (org_id, key) > ($1, $2) and org_id <= $3 order by org_id, key, seq desc limit $4),"
           " waiting as materialized (select org_id, key, seq, hash, recorded_at from facts_unsealed where source = '" +
           name +
           "' and org_id between $5 and $3 and (select count(*) from sealed) < $4)"
           " select f.org_id, f.key::text, f.place = 0, " +
           missing +
           " from (select *, 0 as place from sealed union all select *, 1 from waiting) f order by f.place, f.org_id, "
           "f.key";
}

struct prover_statements {
    std::unique_ptr<const statement> rows;
    std::unique_ptr<const statement> facts;
};

std::vector<prover_statements> make_prover_statements() {
    std::vector<prover_statements> out;
    for (const auto& each : all_proven())
        out.push_back(
            {std::make_unique<const statement>("ledger_facts.prove_rows", access::read, rows_sql(each)),
             std::make_unique<const statement>("ledger_facts.prove_facts", access::read, facts_sql(each))});
    return out;
}

// There from the start, so that `bursar statements` lists them: what the role that serves may do
// depends on it.
const std::vector<prover_statements> proving = make_prover_statements();

const prover_statements& statements_of(std::size_t table) {
    return proving[table];
}

fact read_fact(const row& from, int first) {
    fact out;
    out.seq = from.get<std::int64_t>(first);
    out.table = from.get<std::string>(first + 1);
    out.key = from.get<std::string>(first + 2);
    out.hash = from.get<std::optional<std::string>>(first + 3);
    out.recorded_at = from.get<timestamp>(first + 4);
    return out;
}

fact_block read_block(const row& from) {
    fact_block out;
    bool passing = false;
    from.read(
        out.org, out.number, out.facts, passing, out.last_recorded_at, out.sealed_at, out.content_hash,
        out.previous_hash, out.hash);
    out.kind = fact_class{passing};
    return out;
}

} // namespace

std::size_t proven_tables() noexcept {
    return all_proven().size();
}

std::string_view proven_table(std::size_t place) noexcept {
    return all_proven()[place].name;
}

void pin_texts(transaction& on) {
    on.enqueue(pin_statement, {});
}

awaitable<result<fact_head>> read_fact_head(session& on, uuid org, deadline until) {
    const auto found = co_await on.execute(fact_head_statement, parameters{org}, until);
    if (!found)
        co_return found.error();
    fact_head out;
    if (!found->empty())
        found->front().read(out.number, out.hash);
    co_return out;
}

awaitable<result<std::optional<std::string>>>
read_fact_block_hash(session& on, uuid org, std::int64_t number, deadline until) {
    const auto found = co_await on.execute(fact_block_hash_statement, parameters{org, number}, until);
    if (!found)
        co_return found.error();
    if (found->empty())
        co_return std::nullopt;
    co_return found->front().get<std::string>(0);
}

awaitable<result<std::vector<waiting_facts>>> read_waiting_facts(session& on, deadline until) {
    const auto found = co_await on.execute(waiting_statement, {}, until);
    if (!found)
        co_return found.error();
    std::vector<waiting_facts> out;
    for (std::size_t i = 0; i < found->size(); ++i) {
        auto& each = out.emplace_back();
        (*found)[i].read(each.org, each.since);
    }
    co_return out;
}

awaitable<result<std::vector<fact>>>
lock_waiting_facts(session& on, uuid org, fact_class kind, std::int64_t size, deadline until) {
    const bool passing = kind == fact_class::passing;
    const auto found = co_await on.execute(fact_lock_statement, parameters{org, passing, size}, until);
    if (!found)
        co_return found.error();
    std::vector<fact> out;
    out.reserve(found->size());
    for (std::size_t i = 0; i < found->size(); ++i)
        out.push_back(read_fact((*found)[i], 0));
    co_return out;
}

awaitable<result<>> seal_facts(session& on, fact_block block, std::vector<std::int64_t> seqs, deadline until) {
    parameters values{
        block.org,
        block.number,
        block.facts,
        block.kind == fact_class::passing,
        block.last_recorded_at,
        block.sealed_at,
        block.content_hash,
        block.previous_hash,
        block.hash};
    const auto made = co_await on.execute(fact_insert_block_statement, std::move(values), until);
    if (!made)
        co_return made.error();
    const auto moved =
        co_await on.execute(move_statement, parameters{block.org, block.number, seqs, block.last_recorded_at}, until);
    if (!moved)
        co_return moved.error();
    co_return result<>{};
}

awaitable<result<std::vector<sealed_facts>>>
read_fact_blocks(session& on, uuid org, std::int64_t number, uuid last_org, std::int64_t size, deadline until) {
    const auto found = co_await on.execute(fact_blocks_statement, parameters{org, number, last_org, size}, until);
    if (!found)
        co_return found.error();
    std::vector<sealed_facts> out;
    for (std::size_t i = 0; i < found->size(); ++i) {
        const auto row = (*found)[i];
        const auto header = read_block(row);
        if (!out.empty() && out.back().header.org != header.org)
            break;
        if (out.empty() || out.back().header.number != header.number)
            out.push_back({header, {}, row.get<bool>(9)});
        if (!row.is_null(10))
            out.back().content.push_back(read_fact(row, 10));
    }
    co_return out;
}

awaitable<result<std::int64_t>> count_facts_beyond(session& on, uuid org, std::int64_t last_block, deadline until) {
    const auto found = co_await on.execute(beyond_statement, parameters{org, last_block}, until);
    if (!found)
        co_return found.error();
    co_return found->front().get<std::int64_t>(0);
}

awaitable<result<row_slice>> prove_rows(
    session& on, std::size_t table, std::int64_t page, std::int64_t pages, uuid first_org, uuid last_org,
    deadline until) {
    const auto& what = *statements_of(table).rows;
    const auto found = co_await on.execute(what, parameters{page, pages, first_org, last_org}, until);
    if (!found)
        co_return found.error();
    row_slice out;
    for (std::size_t i = 0; i < found->size(); ++i) {
        const auto row = (*found)[i];
        out.rows = row.get<std::int64_t>(0);
        out.last = row.get<bool>(1);
        if (!row.is_null(2))
            out.misfits.push_back({row.get<uuid>(2), row.get<std::string>(3), row.get<bool>(4)});
    }
    co_return out;
}

awaitable<result<fact_slice>>
prove_facts(session& on, std::size_t table, fact_place after, uuid last_org, std::int64_t size, deadline until) {
    const auto& what = *statements_of(table).facts;
    const auto found =
        co_await on.execute(what, parameters{after.org, json{after.key}, last_org, size, after.first}, until);
    if (!found)
        co_return found.error();
    fact_slice out;
    out.last = after;
    for (std::size_t i = 0; i < found->size(); ++i) {
        const auto row = (*found)[i];
        const auto org = row.get<uuid>(0);
        if (row.get<bool>(2)) {
            ++out.facts;
            out.last.org = org;
            out.last.key = row.get<std::string>(1);
        }
        if (row.get<bool>(3))
            out.misfits.push_back({org, row.get<std::string>(1), false});
    }
    co_return out;
}

} // namespace bursar::db::repositories
