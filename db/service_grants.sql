-- What the role that serves may do, and no more: run by `bursar migrate --service-role` after every migration, in one
-- transaction, with bursar.service_role set. One line a table, verb and columns; * is the whole table, for statements that
-- read all of it, whatever columns a later migration adds. Whoever adds a statement adds here what it needs:
-- service_grants/the_role_may_do_what_its_statements_need_and_no_more names each line that is missing or too much.
do $do$
declare
    service text := current_setting('bursar.service_role');
    place text := current_schema();
    owner oid := (select relowner from pg_class where oid = 'accounts'::regclass);
    each record;
begin
    if (select rolsuper or rolbypassrls from pg_roles where rolname = service) then
        raise exception 'the role % can bypass row-level security', service;
    end if;
    if pg_has_role(service, owner, 'member') then
        raise exception 'the role % can act as the owner of the schema', service;
    end if;
    execute format('revoke all on schema %I from %I', place, service);
    execute format('revoke all on all tables in schema %I from %I', place, service);
    execute format('revoke all on all sequences in schema %I from %I', place, service);
    execute format('revoke all on all functions in schema %I from %I', place, service);
    execute format('grant usage on schema %I to %I', place, service);
    for each in select * from (values
        -- table or function, verb, columns
        ('accounts', 'insert', 'ceiling, code, currency, customer_id, floor, id, metadata, name, org_id, type'),
        ('accounts', 'select', '*'),
        ('accounts', 'update', 'code, metadata, name, status, updated_at, version'),
        ('api_keys', 'insert', 'created_by, expires_at, id, key_hash, name, org_id, permissions, prefix, rate_limit'),
        ('api_keys', 'select', '*'),
        ('api_keys', 'update',
            'expires_at, last_used_at, name, permissions, rate_limit, replaced_by, revoked_at, updated_at, '
            'version'),
        ('assets', 'insert', 'code, exponent, name, org_id'),
        ('assets', 'select', '*'),
        ('audit_log', 'insert',
            'action, actor_id, actor_kind, at, client_address, details, id, org_id, outcome, request_id, '
            'resource_id, resource_type, trace_id, user_agent'),
        ('audit_log', 'select', '*'),
        ('carried_balances', 'select', '*'),
        ('customers', 'insert', 'email, external_reference, id, metadata, name, org_id'),
        ('customers', 'select', '*'),
        ('customers', 'update',
            'deleted_at, email, erased_at, external_reference, metadata, name, open_tickets, updated_at, version'),
        ('ensure_entry_partitions(date, date)', 'execute', '*'),
        ('entries', 'insert',
            'account_id, amount, balance, currency, debit, effective_at, held, leg, org_id, pending_credits, '
            'pending_debits, recorded_at, seq, transfer_id'),
        ('entries', 'select', '*'),
        ('entry_archives', 'select', '*'),
        ('events', 'insert', 'data, org_id, recorded_at, resource_id, type'),
        ('events', 'select', 'org_id, recorded_at, resource_id, seq, type, xid'),
        ('fact_blocks', 'insert',
            'content_hash, facts, hash, last_recorded_at, number, org_id, passing, previous_hash, sealed_at'),
        ('fact_blocks', 'select', '*'),
        ('facts_sealed', 'insert',
            'block, hash, key, last_recorded_at, org_id, passing, place, recorded_at, salt, seq, source'),
        ('facts_sealed', 'select', '*'),
        ('facts_unsealed', 'delete', '*'),
        ('facts_unsealed', 'select', '*'),
        ('facts_unsealed', 'update', 'salt'), -- for their locks
        ('final_times', 'select', '*'),
        ('idempotency_keys', 'insert', 'fingerprint, key, org_id, route'),
        ('idempotency_keys', 'select', '*'),
        ('idempotency_keys', 'update', 'body, fingerprint, headers, status'),
        ('invitations', 'insert', 'email, expires_at, id, invited_by, org_id, role, token_hash'),
        ('invitations', 'select', '*'),
        ('invitations', 'update', 'accepted_at, revoked_at'),
        ('known_addresses', 'delete', '*'),
        ('known_addresses', 'insert', 'address_hash, user_id'),
        ('known_addresses', 'select', '*'),
        ('known_addresses', 'update', 'signed_in_at'),
        ('ledger_blocks', 'insert',
            'content_hash, entries, first_recorded_at, hash, number, org_id, previous_hash, sealed_at, '
            'transfer_ids'),
        ('ledger_blocks', 'select', '*'),
        ('ledger_books', 'select', '*'),
        ('ledger_books', 'update', 'closed_before'),
        ('ledger_clusters', 'select', '*'),
        ('ledger_imports', 'select', '*'),
        ('ledger_final', 'select', 'before'), -- by final_times
        ('ledger_periods', 'insert', 'closed_at, closed_by, month, org_id'),
        ('ledger_periods', 'select', '*'),
        ('ledger_periods', 'update', 'closed_at, closed_by'),
        ('ledger_seals', 'insert', 'blocks, org_id, sealed, sealing, seq, xid'),
        ('ledger_seals', 'select', '*'),
        ('ledger_seals', 'update', 'blocks, sealed, sealing, seq, xid'),
        ('memberships', 'delete', '*'),
        ('memberships', 'insert', 'org_id, role, user_id'),
        ('memberships', 'select', '*'),
        ('memberships', 'update', 'role, updated_at, version'),
        ('organizations', 'insert', 'id, name'),
        ('organizations', 'select', '*'),
        ('organizations', 'update', 'name, updated_at, version'),
        ('purge_expired(bigint, timestamptz)', 'execute', '*'),
        ('refresh_tokens', 'insert', 'org_id, session_id, token_hash'),
        ('refresh_tokens', 'select', 'org_id, session_id, token_hash, used_at'),
        ('refresh_tokens', 'update', 'used_at'),
        ('scheduled_transfer_legs', 'insert',
            'amount, credit_account_id, debit_account_id, leg, org_id, scheduled_transfer_id'),
        ('scheduled_transfer_legs', 'select', '*'),
        ('scheduled_transfers', 'insert',
            'actor_id, cron, description, ends_at, external_reference, id, metadata, missed, next_run_at, org_id, '
            'run_at, time_zone'),
        ('scheduled_transfers', 'select', '*'),
        ('scheduled_transfers', 'update',
            'claimed_until, description, external_reference, last_refusal, last_run_at, last_transfer_id, metadata, '
            'next_run_at, runs, status, updated_at, version'),
        ('schema_migrations', 'select', 'number'),
        ('sessions', 'insert', 'client_address, expires_at, id, org_id, user_agent, user_id'),
        ('sessions', 'select', '*'),
        ('sessions', 'update', 'refreshed_at, revoked_at'),
        ('settle_cluster()', 'execute', '*'),
        ('ticket_activity', 'insert', 'actor_id, changes, kind, number, org_id, ticket_id'),
        ('ticket_activity', 'select', '*'),
        ('ticket_activity', 'update', 'changes'),
        ('ticket_comments', 'insert', 'actor_id, author, body, id, number, org_id, ticket_id, visibility'),
        ('ticket_comments', 'select', '*'),
        ('ticket_comments', 'update', 'author, body'),
        ('tickets', 'insert',
            'assignee_id, customer_id, description, id, org_id, priority, resource_id, resource_type, subject'),
        ('tickets', 'select', '*'),
        ('tickets', 'update',
            'assignee_id, comment_count, deleted_at, description, priority, resolved_at, resource_id, '
            'resource_type, status, subject, updated_at, version'),
        ('transfer_batch_keys', 'insert', 'idempotency_key, org_id, request_hash'),
        ('transfer_batch_keys', 'select', '*'),
        ('transfer_batch_keys', 'update', 'answered'),
        ('transfer_refusals', 'insert',
            'code, field_message, idempotency_key, message, org_id, pointer, request_hash, request_id'),
        ('transfer_refusals', 'select', '*'),
        ('transfers', 'insert',
            'account_ids, actor_id, amount, description, effective_at, expires_at, external_reference, fx_leg, '
            'fx_rate, fx_source, id, idempotency_key, kind, legs, metadata, org_id, recorded_at, request_hash, '
            'state, target_id'),
        ('transfers', 'select', '*'),
        ('transfers', 'update', 'reversed, reversed_legs, settled_by, state'),
        ('users', 'insert', 'email, id, name, password_hash'),
        ('users', 'select', '*'),
        ('users', 'update', 'password_hash, updated_at')
    ) granted (what, verb, columns) loop
        execute format('grant %s%s on %s%I.%s to %I', each.verb,
            case when each.columns = '*' then '' else ' (' || each.columns || ')' end,
            case when each.verb = 'execute' then 'function ' else '' end, place, each.what, service);
    end loop;
end
$do$;
