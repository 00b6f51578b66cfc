-- Adds tickets :first to :last of :total to an organization's demo customers, with their activity and some comments, in
-- one transaction. Spread evenly over the two years before now, so that ids, which hold the time, grow with the number.
-- About one in eight stays open, and no customer passes 8 open tickets, which leaves room to play.
-- Variables: org, first, last, total.
begin;

-- Held until the commit, so that the counters are right beside a serving bursar.
create temporary table demo_customer on commit drop as
    select row_number() over () - 1 as position, id, open_tickets
    from (select id, open_tickets from customers
          where org_id = :'org' and external_reference like 'demo-%' and deleted_at is null order by id for update) c;
create unique index on demo_customer (position);
analyze demo_customer;

create temporary table demo_ticket on commit drop as
    select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
               placing substring(int8send((extract(epoch from at) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1),
               'hex')::uuid as id, -- version 7 (RFC 9562) of the time `at`
           n, at, least(at + interval '1 day', now()) as resolved_at, customer_id,
           wants_open and open_tickets + row_number() over (partition by customer_id, wants_open order by n) <= 8 as open,
           (hashint8(n) & 15) = 0 as commented
    from (select n, now() - (:total - n) * (interval '730 days' / :total) as at, c.id as customer_id, c.open_tickets,
                 (hashint8(n) & 7) = 1 as wants_open
          from generate_series(:first::bigint, :last::bigint) n
          join demo_customer c on c.position = n % (select count(*) from demo_customer)) t;

insert into tickets (org_id, id, customer_id, subject, description, priority, status, assignee_id, resource_type,
                     resource_id, version, comment_count, created_at, updated_at, resolved_at)
select :'org', id, customer_id,
       initcap(noun) || ' ' || trouble || ' #' || n,
       'The ' || noun || ' of ' || to_char(at, 'FMDay, FMDD FMMonth') || ' ' || trouble || '. ' || story || ' Reference R'
           || n || ', terminal T' || n % 9973 || ', amount ' || n % 99991 || '.',
       (array['low', 'medium', 'medium', 'high', 'medium', 'low', 'medium', 'critical'])[1 + n % 8],
       case when open then 'open' else 'resolved' end,
       case when n % 4 <> 0 then ('00000000-0000-7000-8000-' || lpad(to_hex(n % 50), 12, '0'))::uuid end,
       case when n % 3 = 0 then 'transfer' end,
       case when n % 3 = 0 then gen_random_uuid()::text end,
       case when open then 1 else 2 end,
       case when commented then 2 else 0 end,
       at,
       case when open then at else resolved_at end,
       case when not open then resolved_at end
from demo_ticket,
     lateral (select (array['payout', 'transfer', 'refund', 'invoice', 'statement', 'card payment', 'direct debit',
                            'settlement', 'reversal', 'fee', 'balance'])[1 + n % 11] as noun,
                     (array['is missing', 'arrived twice', 'shows the wrong amount', 'was refused', 'is late',
                            'went to the wrong account', 'cannot be reconciled'])[1 + n % 7] as trouble,
                     (array['The customer has written to us twice and waits for an answer.',
                            'Our bank says that nothing was sent; the ledger says that it was posted.',
                            'Please look at the provider''s file of that day and tell us what it holds.',
                            'It happened after the weekend maintenance, and others report the same.',
                            'Nothing urgent, but the month ends soon and the books must close.'])[1 + n % 5] as story) text
order by id;

insert into ticket_comments (org_id, ticket_id, number, id, author, actor_id, body, visibility, created_at)
select :'org', t.id, number, gen_random_uuid(), (array['Grace', 'Customer'])[number],
       '00000000-0000-7000-8000-000000000000',
       (array['We are looking into it.', 'Thank you. Is there any news?'])[number],
       'public', least(at + number * interval '1 hour', now())
from demo_ticket t cross join generate_series(1, 2) number where commented;

-- Events are numbered in their order: created, commented twice, resolved.
insert into ticket_activity (org_id, ticket_id, number, kind, actor_id, changes, created_at)
select :'org', id, 1, 'created', '00000000-0000-7000-8000-000000000000', '{}', at from demo_ticket
union all
select c.org_id, c.ticket_id, 1 + c.number, 'commented', c.actor_id, jsonb_build_object('comment_id', c.id), c.created_at
from demo_ticket t join ticket_comments c on c.org_id = :'org' and c.ticket_id = t.id where t.commented
union all
select :'org', id, case when commented then 4 else 2 end, 'resolved', '00000000-0000-7000-8000-000000000000', '{}',
       resolved_at
from demo_ticket where not open;

update customers c set open_tickets = c.open_tickets + added.count
from (select customer_id, count(*) from demo_ticket where open group by customer_id) added
where c.org_id = :'org' and c.id = added.customer_id;

commit;
