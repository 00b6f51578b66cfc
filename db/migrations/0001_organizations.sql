-- Organizations own everything else; API keys let their programs in; idempotency keys keep what was answered.

create table organizations (
    id uuid primary key,
    name text not null check (length(name) between 1 and 200),
    created_at timestamptz not null default now()
);

create table api_keys (
    id uuid primary key,
    org_id uuid not null references organizations (id),
    name text not null check (length(name) between 1 and 200),
    -- The first characters, for people to tell keys apart; the key itself is kept only as its SHA-256.
    prefix text not null,
    key_hash bytea not null unique check (length(key_hash) = 32),
    permissions text[] not null,
    -- Requests a minute; null is the default limit, 0 is none.
    rate_limit integer check (rate_limit >= 0),
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    unique (org_id, id)
);

-- Every process caches keys, unknown ones too; a change tells them to forget.
create function notify_api_key_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('bursar_api_keys', encode(coalesce(old.key_hash, new.key_hash), 'hex'));
    return null;
end
$$;

create trigger api_key_changed after insert or update or delete on api_keys
    for each row execute function notify_api_key_changed();

create table idempotency_keys (
    org_id uuid not null references organizations (id),
    -- The route as "POST /api/v1/tickets", so that one key may serve two routes.
    route text not null,
    key text not null,
    -- SHA-256 of method, target and body.
    fingerprint bytea not null check (length(fingerprint) = 32),
    -- Null only inside the transaction that claims the key.
    status smallint,
    headers text,
    body text,
    created_at timestamptz not null default now(),
    primary key (org_id, route, key)
);

create index idempotency_keys_by_age on idempotency_keys (created_at);
