-- Brings an organization's demo accounts up to a number (account n has the code demo-n) and adds transfers :first to
-- :last of :total between them, with their entries, in one transaction that the ledger's own checks look at. Spread
-- evenly over the two years before now. Four in five accounts are in euros, the others in US dollars; one transfer in
-- 50 is pending. Variables: org, accounts, first, last, total.
begin;

select ensure_entry_partitions((now() at time zone 'UTC')::date - 731, (now() at time zone 'UTC')::date) as partitions
\gset

insert into accounts (org_id, id, name, code, type, currency, status, customer_id, metadata, created_at, updated_at)
select :'org', encode(overlay(uuid_send(gen_random_uuid())
           placing int8send(((extract(epoch from at) * 1000)::bigint << 16) | 28672 | (random() * 4095)::bigint)
           from 1 for 8), 'hex')::uuid, -- version 7 (RFC 9562) of the time `at`
       initcap(kind) || ' account ' || n, 'demo-' || n, kind,
       case when n % 5 = 0 then 'USD' else 'EUR' end,
       case when n % 100 = 33 then 'frozen' when n % 100 = 67 then 'closed' else 'open' end,
       c.id, jsonb_build_object('region', (array['north', 'south', 'east', 'west'])[1 + n % 4]), at, at
from generate_series(1, :accounts) n
cross join lateral (select now() - interval '800 days' + n * interval '1 day' / greatest(1, :accounts / 30) as at,
                           (array['liability', 'liability', 'asset', 'income', 'expense', 'equity'])[1 + n % 6] as kind) a
left join customers c on kind = 'liability' and c.org_id = :'org' and c.external_reference = 'demo-' || n
                         and c.deleted_at is null
where not exists (select from accounts where org_id = :'org' and code = 'demo-' || n)
order by n;

-- Held until the commit, so that balances are right beside a serving bursar.
create temporary table demo_account on commit drop as
    select currency, row_number() over (partition by currency order by id) - 1 as position,
           count(*) over (partition by currency) as count,
           id, seq, balance, pending_debits, pending_credits, last_recorded_at
    from (select * from accounts where org_id = :'org' and code like 'demo-%' and status = 'open'
          order by id for no key update) a;
create unique index on demo_account (currency, position);
create unique index on demo_account (id);
analyze demo_account;

-- Never earlier than what the accounts have seen already.
create temporary table demo_transfer on commit drop as
    select encode(overlay(uuid_send(gen_random_uuid())
               placing int8send(((us / 1000) << 16) | 28672 | (us % 1000 * 4096 / 1000)) from 1 for 8), 'hex')::uuid as id,
           n, at, amount, pending, d.id as debit, c.id as credit
    from (select n, greatest(now() - (:total - n) * (interval '730 days' / :total),
                             (select max(last_recorded_at) from demo_account)) as at,
                 case when n % 5 = 0 then 'USD' else 'EUR' end as currency,
                 1 + (hashint8(n) & 65535) as amount, n % 50 = 0 as pending,
                 hashint8(n)::bigint & 2147483647 as one, hashint8(-n)::bigint & 2147483647 as other
          from generate_series(:first::bigint, :last::bigint) n) t
    cross join lateral (select (extract(epoch from at) * 1000000)::bigint as us) at_us
    join (select currency, min(count) as count from demo_account group by currency) size using (currency)
    join demo_account d on d.currency = t.currency and d.position = one % size.count
    join demo_account c on c.currency = t.currency
                           and c.position = (one % size.count + 1 + other % (size.count - 1)) % size.count;

create temporary table demo_entry on commit drop as
    select t.id as transfer_id, t.at, a.id as account_id, side.debit,
           case when pending then 0 when side.debit then amount else -amount end as amount,
           case when pending then amount else 0 end as held,
           a.seq + row_number() over of_account as seq,
           a.balance + sum(case when pending then 0 when side.debit then amount else -amount end)
               over of_account as balance,
           a.pending_debits + sum(case when pending and side.debit then amount else 0 end) over of_account as pending_debits,
           a.pending_credits + sum(case when pending and not side.debit then amount else 0 end)
               over of_account as pending_credits,
           a.currency
    from demo_transfer t
    cross join (values (true), (false)) side (debit)
    join demo_account a on a.id = case when side.debit then t.debit else t.credit end
    window of_account as (partition by a.id order by t.n);

insert into transfers (org_id, id, kind, state, idempotency_key, request_hash, amount, legs, account_ids, description,
                       external_reference, metadata, effective_at, recorded_at)
select :'org', id, 'transfer', case when pending then 'pending' else 'posted' end, gen_random_uuid(), gen_random_uuid(),
       amount, 1, array[debit, credit], (array['Card payment', 'Payout', 'Fee', 'Refund', 'Top-up'])[1 + n % 5],
       case when n % 3 = 0 then 'demo-' || n end,
       case when n % 4 = 0 then json_build_object('order', n) else '{}' end, at, at
from demo_transfer
order by id;

insert into entries (org_id, account_id, recorded_at, seq, transfer_id, effective_at, amount, held, balance,
                     pending_debits, pending_credits, leg, debit, currency)
select :'org', account_id, at, seq, transfer_id, at, amount, held, balance, pending_debits, pending_credits, 0, debit, currency
from demo_entry
order by account_id, seq;

commit;
