-- Customers: whom an organization serves, and whom its tickets are about.

-- Lets a GIN index lead with org_id, so that a text search meets only its own organization's rows.
create extension if not exists btree_gin with schema public;

create table customers (
    org_id uuid not null references organizations (id),
    id uuid not null,
    name text not null constraint customers_name_length check (length(name) between 1 and 200),
    email text constraint customers_email_length check (length(email) between 3 and 254),
    external_reference text constraint customers_external_reference_length check (length(external_reference) between 1 and 200),
    metadata jsonb not null default '{}' constraint customers_metadata_object check (jsonb_typeof(metadata) = 'object'),
    -- Open tickets, kept by the statements that open, close and delete tickets. Not part of what clients see, so it does
    -- not touch the version.
    open_tickets smallint not null default 0 constraint customers_open_tickets_limit check (open_tickets between 0 and 10),
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    search tsvector not null generated always as
        (to_tsvector('simple', name || ' ' || coalesce(email, '') || ' ' || coalesce(external_reference, ''))) stored,
    primary key (org_id, id)
) with (fillfactor = 90); -- room for open_tickets to change in place

-- A reference is free again once its customer is deleted.
create unique index customers_external_reference_key on customers (org_id, external_reference)
    where deleted_at is null and external_reference is not null;
create index customers_newest on customers (org_id, id) where deleted_at is null;
create index customers_by_email on customers (org_id, lower(email), id) where deleted_at is null;
create index customers_search on customers using gin (org_id, search) where deleted_at is null;
