#include "tests/support/account_history.hpp"

#include "tests/support/sql_session.hpp"

#include <algorithm>

namespace bursar::tests {

namespace {

// What is staged in past_legs, one row a leg, becomes transfers and entries.
constexpr const char* history_writer = R"(
create unlogged table if not exists past_legs (
    n bigint not null,
    leg smallint not null default 0,
    at timestamptz not null,
    effective_at timestamptz,
    description text,
    external_reference text,
    debit uuid not null,
    credit uuid not null,
    amount bigint not null,
    held boolean not null default false,
    primary key (n, leg)
);

create or replace function write_past_legs(org uuid) returns void language plpgsql as $$
begin
    analyze past_legs;
    perform ensure_entry_partitions((min(at) at time zone 'UTC')::date, (max(at) at time zone 'UTC')::date)
    from past_legs;

    -- Version 7 UUIDs (RFC 9562) of the time, to the microsecond.
    create temporary table past_transfer on commit drop as
    select n, encode(overlay(uuid_send(gen_random_uuid())
                  placing int8send(((us / 1000) << 16) | 28672 | (us % 1000 * 4096 / 1000)) from 1 for 8), 'hex')::uuid as id
    from (select n, (extract(epoch from min(at)) * 1000000)::bigint as us from past_legs group by n) t;
    create unique index on past_transfer (n);

    create temporary table past_entry on commit drop as
    select t.id as transfer_id, l.at, coalesce(l.effective_at, l.at) as effective_at, l.leg, a.id as account_id,
           side.debit,
           case when l.held then 0 else side.sign * l.amount end as amount,
           case when l.held then l.amount else 0 end as held,
           a.seq + row_number() over of_account as seq,
           a.balance + sum(case when l.held then 0 else side.sign * l.amount end) over of_account as balance,
           a.pending_debits + sum(case when l.held and side.debit then l.amount else 0 end)
               over of_account as pending_debits,
           a.pending_credits + sum(case when l.held and not side.debit then l.amount else 0 end)
               over of_account as pending_credits,
           a.currency
    from past_legs l join past_transfer t on t.n = l.n
    cross join (values (true, 1), (false, -1)) side (debit, sign)
    join accounts a on a.org_id = org and a.id = case when side.debit then l.debit else l.credit end
    window of_account as (partition by a.id order by l.n, l.leg);

    insert into transfers (org_id, id, kind, state, idempotency_key, request_hash, amount, legs, account_ids,
                           description, external_reference, effective_at, recorded_at)
    select org, t.id, 'transfer', case when bool_or(l.held) then 'pending' else 'posted' end, t.id, t.id, sum(l.amount),
           count(*), (select array_agg(distinct id) from unnest(array_agg(l.debit) || array_agg(l.credit)) id),
           min(l.description), min(l.external_reference), min(coalesce(l.effective_at, l.at)), min(l.at)
    from past_legs l join past_transfer t on t.n = l.n
    group by t.id order by t.id;

    insert into entries (org_id, account_id, recorded_at, seq, transfer_id, effective_at, amount, held, balance,
                         pending_debits, pending_credits, leg, debit, currency)
    select org, account_id, at, seq, transfer_id, effective_at, amount, held, balance, pending_debits, pending_credits,
           leg, debit, currency
    from past_entry
    order by account_id, seq;

    insert into events (org_id, type, resource_id) select org, 'transfer.created', id from past_transfer order by n;
    drop table past_transfer, past_entry;
    delete from past_legs;
end
$$;
)";

std::string literal_or_null(const std::string& text) {
    return text.empty() ? "null" : sql_literal(text);
}

} // namespace

account_history::account_history(const postgres_server& in, std::string org)
    : in_(in)
    , org_(std::move(org)) {
    in_.query(history_writer);
}

std::string account_history::account(
    const std::string& type, const std::string& name, const std::string& code, const std::string& currency) const {
    return in_.query(
        "insert into accounts (org_id, id, name, code, type, currency) values (" + sql_literal(org_) +
        ", gen_random_uuid(), " + sql_literal(name) + ", " + literal_or_null(code) + ", " + sql_literal(type) + ", " +
        sql_literal(currency) + ") returning id");
}

void account_history::write(const std::vector<past_transfer>& some) const {
    std::string staging = "insert into past_legs (n, leg, at, effective_at, description, external_reference, debit, "
                          "credit, amount, held) values ";
    for (std::size_t n = 0; n < some.size(); ++n) {
        const auto& what = some[n];
        for (std::size_t leg = 0; leg < what.legs.size(); ++leg) {
            const auto& moved = what.legs[leg];
            staging.append(n == 0 && leg == 0 ? "(" : ", (").append(std::to_string(n)).append(", ");
            staging.append(std::to_string(leg)).append(", ").append(sql_literal(what.at)).append(", ");
            staging.append(literal_or_null(what.effective_at)).append("::timestamptz, ");
            staging.append(literal_or_null(what.description)).append(", ");
            staging.append(literal_or_null(what.external_reference)).append(", ");
            staging.append(sql_literal(moved.debit)).append(", ").append(sql_literal(moved.credit)).append(", ");
            staging.append(std::to_string(moved.amount)).append(what.held ? ", true)" : ", false)");
        }
    }
    write_staged(staging);
}

void account_history::write_many(
    const std::string& debit, const std::string& credit, std::int64_t count, const std::string& first) const {
    constexpr std::int64_t most = 50'000;
    for (std::int64_t from = 1; from <= count; from += most)
        write_staged(
            "insert into past_legs (n, at, description, external_reference, debit, credit, amount) select n, " +
            sql_literal(first) +
            "::timestamptz + (n - 1) * interval '10 seconds', 'Card payment number ' || n, 'order-' || n, "
            "d.id, c.id, case when n % 3 = 0 then n else 3 * n end from generate_series(" +
            std::to_string(from) + "::bigint, " + std::to_string(std::min(count, from + most - 1)) +
            "::bigint) n, "
            "lateral (select case when n % 3 = 0 then " +
            sql_literal(credit) + " else " + sql_literal(debit) +
            " end::uuid as id) d, "
            "lateral (select case when n % 3 = 0 then " +
            sql_literal(debit) + " else " + sql_literal(credit) + " end::uuid as id) c");
}

void account_history::write_staged(const std::string& staging) const {
    in_.query("begin; " + staging + "; select write_past_legs(" + sql_literal(org_) + "); commit");
}

} // namespace bursar::tests
