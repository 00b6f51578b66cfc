-- The ledger of the peers: what one transfer of one amount between two accounts needs, and nothing beside. Amounts are
-- integers, a debit positive; a liability shows -balance, and its floor binds that.

create table accounts (
    id uuid primary key,
    currency text not null,
    status text not null default 'open',
    floor bigint,
    seq bigint not null default 0,
    balance bigint not null default 0,
    check (floor is null or -balance >= floor)
) with (fillfactor = 60); -- room for balances to change in place

create table transfers (
    id uuid primary key,
    idempotency_key uuid not null unique,
    debit_account_id uuid not null,
    credit_account_id uuid not null,
    amount bigint not null check (amount > 0),
    recorded_at timestamptz not null
);

create table entries (
    account_id uuid not null,
    seq bigint not null,
    transfer_id uuid not null,
    amount bigint not null,
    balance bigint not null,
    recorded_at timestamptz not null,
    primary key (account_id, seq)
);

create table events (
    seq bigint generated always as identity primary key,
    xid xid8 not null default pg_current_xact_id(),
    type text not null,
    resource_id uuid not null,
    recorded_at timestamptz not null default now()
);
