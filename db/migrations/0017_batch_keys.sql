-- Which request the key of a batch of transfers stands for, whatever becomes of its members. Written before any of them,
-- and kept as long as they are: one row for a batch of up to 10,000.
create table transfer_batch_keys (
    org_id uuid not null,
    -- UUIDs made of SHA-256, as those of transfers: of route and Idempotency-Key, and of the whole request.
    idempotency_key uuid not null,
    request_hash uuid not null,
    -- Each member has its answer: a repetition does nothing new.
    answered boolean not null default false,
    recorded_at timestamptz not null default now(),
    -- The key first: it alone tells rows apart.
    primary key (idempotency_key, org_id)
);

select prove_table('transfer_batch_keys', 'org_id', '{idempotency_key}', '{answered}', '');
