-- Brings an organization's demo customers up to a number: customer n has the external reference demo-n.
-- Variables: org, customers.
insert into customers (org_id, id, name, email, external_reference, metadata, created_at, updated_at)
select :'org', encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
           placing substring(int8send((extract(epoch from at) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1),
           'hex')::uuid, -- version 7 (RFC 9562) of the time `at`
       first_name || ' ' || last_name,
       lower(first_name) || '.' || lower(last_name) || '.' || n || '@example.com',
       'demo-' || n,
       jsonb_build_object('plan', (array['free', 'silver', 'gold'])[1 + n % 3]),
       at, at
from generate_series(1, :customers) n,
     lateral (select now() - interval '800 days' + n * interval '1 day' / greatest(1, :customers / 30) as at,
                     (array['Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Frances', 'Ken', 'Radia', 'Tony',
                            'Margaret', 'Niklaus', 'Shafi'])[1 + n % 13] as first_name,
                     (array['Lovelace', 'Hopper', 'Turing', 'Dijkstra', 'Liskov', 'Knuth', 'Allen', 'Thompson',
                            'Perlman', 'Hoare', 'Hamilton', 'Wirth', 'Goldwasser', 'Lamport', 'Codd', 'Backus',
                            'McCarthy'])[1 + n % 17] as last_name) as person
where not exists (select from customers where org_id = :'org' and external_reference = 'demo-' || n)
on conflict do nothing;
