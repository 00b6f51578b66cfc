-- Transfers to be made later: once, or again and again by a cron expression in a time zone. What runs them takes those
-- whose next_run_at has come.

create table scheduled_transfers (
    org_id uuid not null references organizations (id),
    id uuid not null,
    status text not null default 'active'
        constraint scheduled_transfers_status_known check (status in ('active', 'finished', 'cancelled')),
    description text constraint scheduled_transfers_description_length check (length(description) between 1 and 500),
    external_reference text
        constraint scheduled_transfers_external_reference_length check (length(external_reference) between 1 and 200),
    metadata json not null default '{}'
        constraint scheduled_transfers_metadata_object check (json_typeof(metadata) = 'object'),
    -- Once at run_at, or by cron in time_zone, not after ends_at.
    run_at timestamptz,
    cron text,
    time_zone text,
    ends_at timestamptz,
    next_run_at timestamptz,
    last_run_at timestamptz,  -- the time it was scheduled for, not when somebody got round to it
    last_transfer_id uuid,    -- null: the last run was refused
    runs bigint not null default 0,
    -- The API key that asked for it, in whose name the transfers are made.
    actor_id uuid not null,
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (org_id, id),
    constraint scheduled_transfers_last_transfer_fkey foreign key (org_id, last_transfer_id)
        references transfers (org_id, id),
    constraint scheduled_transfers_schedule_whole check (
        (run_at is null) = (cron is not null) and (cron is null) = (time_zone is null) and
        (ends_at is null or cron is not null)),
    constraint scheduled_transfers_next_run_whole check ((status = 'active') = (next_run_at is not null))
);

create table scheduled_transfer_legs (
    org_id uuid not null,
    scheduled_transfer_id uuid not null,
    leg smallint not null constraint scheduled_transfer_legs_leg_range check (leg between 0 and 63),
    debit_account_id uuid not null,
    credit_account_id uuid not null,
    amount bigint not null constraint scheduled_transfer_legs_amount_range check (amount between 1 and 9007199254740991),
    primary key (org_id, scheduled_transfer_id, leg),
    constraint scheduled_transfer_legs_schedule_fkey foreign key (org_id, scheduled_transfer_id)
        references scheduled_transfers (org_id, id),
    constraint scheduled_transfer_legs_debit_account_fkey foreign key (org_id, debit_account_id)
        references accounts (org_id, id),
    constraint scheduled_transfer_legs_credit_account_fkey foreign key (org_id, credit_account_id)
        references accounts (org_id, id),
    constraint scheduled_transfer_legs_two_accounts check (debit_account_id <> credit_account_id)
);

create index scheduled_transfers_due on scheduled_transfers (next_run_at, org_id, id) where status = 'active';
create index scheduled_transfers_by_status on scheduled_transfers (org_id, status, id);
