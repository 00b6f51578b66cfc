-- A role to serve with, which owns nothing: it reads and writes rows, and cannot change a table, a trigger or a policy.

-- The months are made by whoever owns the table they are part of.
alter function ensure_entry_partitions(date, date) security definer set search_path from current;

-- Lets the role do what serving takes. `bursar migrate --service-role` calls it after every migration.
create function grant_service(service name) returns void language plpgsql as $$
declare
    place name := current_schema();
    kept text;
begin
    if (select rolsuper or rolbypassrls from pg_roles where rolname = service) then
        raise exception 'the role % can bypass row-level security', service;
    end if;
    execute format('grant usage on schema %I to %I', place, service);
    execute format('grant select, insert, update, delete on all tables in schema %I to %I', place, service);
    execute format('grant usage on all sequences in schema %I to %I', place, service);
    -- What is written once. Partitions are written through the table they are part of.
    foreach kept in array array['entries', 'audit_log', 'events', 'schema_migrations'] loop
        execute format('revoke update, delete on %I.%I from %I', place, kept, service);
    end loop;
    execute format('revoke insert on %I.schema_migrations from %I', place, service);
    for kept in select inhrelid::regclass::text from pg_inherits where inhparent = 'entries'::regclass loop
        execute format('revoke all on %s from %I', kept, service);
    end loop;
end
$$;

-- The organization of the transaction that a request's writes go into; null outside such a one.
create function transaction_org() returns uuid language sql stable parallel safe as
    $$ select nullif(current_setting('bursar.org', true), '')::uuid $$;

-- A third line behind the route's permission and the org_id of each statement: a transaction that belongs to one
-- organization changes no row of another, whatever its statements say. For the service role; an owner passes. Not on what
-- the ledger's batches write, which serve several organizations at once, and not on reads, whose statements share their
-- connections with those of everybody.
do $$
declare
    confined text;
begin
    foreach confined in array array[
        'customers', 'tickets', 'ticket_comments', 'ticket_activity', 'assets', 'scheduled_transfers',
        'scheduled_transfer_legs', 'api_keys', 'invitations', 'memberships', 'sessions', 'audit_log',
        'idempotency_keys'] loop
        execute format('alter table %I enable row level security', confined);
        execute format('create policy everybody_reads on %I for select using (true)', confined);
        execute format(
            'create policy own_rows_made on %I for insert with check (coalesce(org_id = transaction_org(), true))', confined);
        execute format(
            'create policy own_rows_changed on %I for update using (coalesce(org_id = transaction_org(), true))', confined);
        execute format(
            'create policy own_rows_removed on %I for delete using (coalesce(org_id = transaction_org(), true))', confined);
    end loop;
end
$$;
