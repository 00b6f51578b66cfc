-- The role that serves gets what its statements need, column by column (db/service_grants.sql). What the ledger does on its
-- own account, it does with the rights of the schema's owner: functions that move balances, open months, keep an owner or
-- purge what has had its time can do that and nothing else.

-- The binary grants, each for its own statements.
drop function grant_service(name);

-- Functions that look at tables. pg_temp comes last, or whoever calls could put a table of theirs in front of ours.
do $$
declare
    trusted text;
begin
    foreach trusted in array array[
        'ensure_entry_partitions(date, date)', 'entries_archived_before()', 'post_entries()', 'check_transfer_keys()',
        'check_open_period()', 'check_block()', 'check_fact_block()', 'open_books()', 'keep_an_owner()',
        'check_customer_not_erased()'] loop
        execute format('alter function %s security definer set search_path = %I, pg_temp', trusted, current_schema());
    end loop;
end
$$;

-- Removes at most so many of each that are past their 30 days; returns of how many it was the most. Sessions go with their
-- refresh tokens, and a month later than they lasted, so that an old token still ends in a refusal that is told.
-- Only what is old by both clocks, this one and the caller's: what a wrong one removed would be gone. Facts that pass go with
-- the rest of their block, a day later, so that no row outlives its fact.
create function purge_expired(bite bigint, clock timestamptz) returns bigint language plpgsql security definer as $$
declare
    past constant timestamptz := least(now(), clock) - interval '30 days';
    keys bigint;
    refusals bigint;
    old_sessions bigint;
    facts bigint;
begin
    delete from idempotency_keys where ctid = any (array(
        select ctid from idempotency_keys where created_at < past order by created_at limit bite));
    get diagnostics keys = row_count;
    delete from transfer_refusals where ctid = any (array(
        select ctid from transfer_refusals where recorded_at < past order by recorded_at limit bite));
    get diagnostics refusals = row_count;
    delete from sessions where ctid = any (array(
        select ctid from sessions where expires_at < past order by expires_at limit bite));
    get diagnostics old_sessions = row_count;
    delete from facts_sealed where ctid = any (array(
        select ctid from facts_sealed where passing and last_recorded_at < past - interval '1 day'
        order by last_recorded_at limit bite));
    get diagnostics facts = row_count;
    return greatest(keys, refusals, old_sessions, facts);
end
$$;

do $$
begin
    execute format('alter function purge_expired(bigint, timestamptz) set search_path = %I, pg_temp', current_schema());
end
$$;

revoke execute on function purge_expired(bigint, timestamptz), ensure_entry_partitions(date, date), entries_archived_before()
    from public;

-- What is written once more than a grant can say, whoever writes it.

-- A key that was answered keeps its answer: only its text goes, with the customer that it tells of.
create function check_answer_change() returns trigger language plpgsql as $$
begin
    if (old.org_id, old.route, old.key, old.created_at, old.status, old.headers)
       is distinct from (new.org_id, new.route, new.key, new.created_at, new.status, new.headers)
       or new.body is not null and (old.body, old.fingerprint) is distinct from (new.body, new.fingerprint) then
        raise exception 'the answer to key % is kept', old.key
            using errcode = 'restrict_violation', constraint = 'idempotency_keys_answered_once';
    end if;
    return new;
end
$$;

create trigger idempotency_keys_answered_once before update on idempotency_keys for each row
    when (old.status is not null) execute function check_answer_change();

-- A closed month stays closed, and books are not opened backwards.
create trigger ledger_periods_stay_closed before update on ledger_periods for each row
    when (old.closed_at is not null and
          (old.org_id, old.month, old.closed_at, old.closed_by) is distinct from
          (new.org_id, new.month, new.closed_at, new.closed_by))
    execute function refuse_change();
create trigger ledger_books_stay_closed before update on ledger_books for each row
    when (old.org_id <> new.org_id or new.closed_before is null and old.closed_before is not null
          or new.closed_before < old.closed_before)
    execute function refuse_change();

-- The seal is where its blocks are: it does not go back behind one.
create trigger ledger_seals_go_on before update on ledger_seals for each row
    when (old.org_id <> new.org_id or new.blocks < old.blocks) execute function refuse_change();

-- For migrations alone.
revoke execute on function prove_table(name, text, text[], text[], text) from public;
