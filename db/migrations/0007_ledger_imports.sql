-- How far each file has come that was imported: moved in the transaction of the rows, so that an import which was
-- ended goes on where it stopped, and a file that is in the ledger is not imported again.
create table ledger_imports (
    org_id uuid not null references organizations (id),
    kind text not null constraint ledger_imports_kind_known check (kind in ('accounts', 'transfers')),
    file_hash bytea not null constraint ledger_imports_hash_length check (length(file_hash) = 32), -- SHA-256
    file_name text not null,
    position bigint not null,      -- bytes of the file that are in the ledger
    line bigint not null,          -- of the next record
    rows bigint not null,          -- records that became rows
    last_recorded_at timestamptz,  -- of the last transfer
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    primary key (org_id, kind, file_hash)
);
