#include "tests/support/ledger_audit.hpp"

namespace bursar::tests {

namespace {

struct rule {
    const char* name;
    const char* offenders; // SQL, $ORG for the organization
};

constexpr rule rules[] = {
    {"an account stands where its last entry does",
     "select a.id from accounts a left join lateral (select * from entries e where e.org_id = a.org_id and "
     "e.account_id = a.id order by e.recorded_at desc, e.seq desc limit 1) e on true where a.org_id = $ORG and "
     "(a.seq, a.balance, a.pending_debits, a.pending_credits) is distinct from (coalesce(e.seq, 0), "
     "coalesce(e.balance, "
     "0), coalesce(e.pending_debits, 0), coalesce(e.pending_credits, 0)) or a.org_id = $ORG and e.seq is not null and "
     "a.last_recorded_at <> e.recorded_at"},

    {"seq has no gaps, and each balance follows the one before it, later in time or together with it",
     "select * from (select e.*, lag(seq, 1, 0::bigint) over w as s, lag(balance, 1, 0::bigint) over w as b, "
     "lag(pending_debits, 1, 0::bigint) over w as d, lag(pending_credits, 1, 0::bigint) over w as c, "
     "lag(recorded_at, 1, '-infinity') over w as at, lag(transfer_id) over w as before from entries e where org_id = "
     "$ORG window w as (partition by account_id order by seq)) x where seq <> s + 1 or balance <> b + amount or "
     "pending_debits <> d + case when debit then held else 0 end or "
     "pending_credits <> c + case when debit then 0 else held end or "
     "recorded_at < at or (recorded_at = at) <> (transfer_id is not distinct from before)"},

    {"every leg has two sides that cancel out, in one currency",
     "select 1 from entries e join accounts a on a.org_id = e.org_id and a.id = e.account_id where e.org_id = $ORG "
     "group by e.transfer_id, e.leg having sum(e.amount) <> 0 or count(*) <> 2 or min(a.currency) <> max(a.currency) "
     "or bool_or(e.currency <> a.currency) or sum(case when e.debit then e.held else -e.held end) <> 0"},

    {"debits are credits in every currency",
     "select 1 from accounts where org_id = $ORG group by currency having sum(balance) <> 0 or "
     "sum(pending_debits) <> sum(pending_credits)"},

    {"no entry passes the floor or the ceiling of its account",
     "select 1 from entries e join accounts a on a.org_id = e.org_id and a.id = e.account_id where e.org_id = $ORG and "
     "(case when a.credit_normal then -e.balance - e.pending_debits else e.balance - e.pending_credits end < a.floor "
     "or "
     "case when a.credit_normal then -e.balance + e.pending_credits else e.balance + e.pending_debits end > "
     "a.ceiling)"},

    {"what is pending is held, and nothing else",
     "select 1 from entries e join transfers t on t.org_id = e.org_id and t.id = coalesce((select x.target_id from "
     "transfers x where x.org_id = e.org_id and x.id = e.transfer_id and x.kind <> 'reversal'), e.transfer_id) where "
     "e.org_id = $ORG group by t.id, t.state, e.leg, e.debit having (sum(e.held) <> 0) <> (t.state = 'pending') or "
     "sum(e.held) < 0"},

    {"a transfer and its entries are there together, and say the same",
     "select t.id from transfers t full join (select org_id, transfer_id, min(recorded_at) as first, max(recorded_at) "
     "as "
     "last, min(effective_at) as effective, array_agg(distinct account_id order by account_id) as accounts, "
     "max(leg) + 1 as legs, sum(case when debit then greatest(amount, case when held > 0 then held else 0 end) else 0 "
     "end) as moved, sum(case when debit then -held else 0 end) as released from entries where org_id = $ORG group by "
     "org_id, transfer_id) e on e.org_id = t.org_id and e.transfer_id = t.id where coalesce(t.org_id, e.org_id) = $ORG "
     "and (t.id is null or e.transfer_id is null or e.first <> t.recorded_at or e.last <> t.recorded_at or e.effective "
     "<> t.effective_at or e.accounts <> (select array_agg(x order by x) from unnest(t.account_ids) x) or e.legs <> "
     "t.legs or t.amount <> case when t.kind in ('void', 'expiry') then e.released else e.moved end)"},

    {"one event for each transfer, and none for anything else",
     "select 1 from transfers t full join (select * from events where org_id = $ORG and type like 'transfer.%') v on "
     "v.org_id = t.org_id and v.resource_id = t.id where coalesce(t.org_id, v.org_id) = $ORG and (t.id is null or "
     "v.seq "
     "is null or v.recorded_at <> t.recorded_at or v.type <> 'transfer.' || case t.kind when 'transfer' then 'created' "
     "when 'posting' then 'posted' when 'void' then 'voided' when 'expiry' then 'expired' else 'reversed' end) union "
     "all "
     "select 1 from events where org_id = $ORG group by resource_id having count(*) > 1 and min(type) like "
     "'transfer.%'"},

    {"a pending transfer is settled once",
     "select 1 from transfers t left join transfers s on s.org_id = t.org_id and s.target_id = t.id and s.kind in "
     "('posting', 'void', 'expiry') where t.org_id = $ORG and (t.settled_by is distinct from s.id or t.state <> case "
     "s.kind when 'posting' then 'posted' when 'void' then 'voided' when 'expiry' then 'expired' else t.state end or "
     "s.id is not null and (t.kind <> 'transfer' or s.amount > t.amount)) or t.org_id = $ORG and t.kind <> 'transfer' "
     "and t.state = 'pending'"},

    {"a hold is posted before its time is over and expires after it",
     "select 1 from transfers s join transfers t on t.org_id = s.org_id and t.id = s.target_id where s.org_id = $ORG "
     "and "
     "(s.kind = 'posting' and s.recorded_at >= t.expires_at or s.kind = 'expiry' and (s.recorded_at >= t.expires_at) "
     "is "
     "not true)"},

    {"reversals sum to at most what was moved, leg by leg",
     "select 1 from transfers t join entries e on e.org_id = t.org_id and e.transfer_id = t.id and e.debit left join "
     "lateral (select coalesce(sum(-x.amount), 0) as back from transfers r join entries x on x.org_id = r.org_id and "
     "x.transfer_id = r.id and x.leg = e.leg and not x.debit where r.org_id = t.org_id and r.target_id = t.id and "
     "r.kind = 'reversal') r on true where t.org_id = $ORG and (r.back > e.amount or r.back <> "
     "coalesce(t.reversed_legs[e.leg + 1], 0)) union all select 1 from transfers where org_id = $ORG and reversed <> "
     "coalesce((select sum(x) from unnest(reversed_legs) x), 0)"},

    {"ids order as the times do", "select 1 from (select id, recorded_at, lag(recorded_at) over (order by id) as "
                                  "before from transfers where org_id = "
                                  "$ORG) x where recorded_at < before"},

    {"what was refused left nothing",
     "select 1 from transfer_refusals r join transfers t on t.org_id = r.org_id and t.idempotency_key = "
     "r.idempotency_key and t.request_hash = r.request_hash where r.org_id = $ORG"},
};

std::string number_or_null(const std::optional<std::int64_t>& value) {
    return value ? std::to_string(*value) : "null";
}

} // namespace

std::string insert_account(const postgres_server& at, const std::string& org, const account_form& form) {
    return at.query(
        "insert into accounts (org_id, id, name, type, currency, floor, ceiling, status) values ('" + org +
        "', gen_random_uuid(), 'Account', '" + form.type + "', '" + form.currency + "', " + number_or_null(form.floor) +
        ", " + number_or_null(form.ceiling) + ", '" + form.status + "') returning id");
}

std::string broken_rules(const sql_session& by, const std::string& org) {
    std::string sql;
    for (const auto& each : rules) {
        std::string offenders = each.offenders;
        for (auto at = offenders.find("$ORG"); at != std::string::npos; at = offenders.find("$ORG"))
            offenders.replace(at, 4, "'" + org + "'");
        sql += (sql.empty() ? "select '" : " union all select '") + std::string{each.name} + "', count(*) from (" +
               offenders + ") x";
    }
    return by.query(
        "select string_agg(rule || ': ' || offenders, '; ') from (" + sql +
        ") y (rule, offenders) where offenders > 0");
}

std::string broken_rules(const postgres_server& at, const std::string& org) {
    return broken_rules(sql_session{at}, org);
}

} // namespace bursar::tests
