-- Which times are final: nothing will be recorded before them any more. And closed accounts that open again.

-- What a batch is decided at may not lie before this, in microseconds since 1970. A sequence: what is set is seen by the next
-- batch at once, before its transaction ends, and however often it changes it leaves no dead rows in a writer's way.
create sequence entries_floor;

-- Everything recorded before this time is seen by whoever sees the row. An import of history is the one exception.
create table ledger_final (
    only_row boolean primary key default true constraint ledger_final_one_row check (only_row),
    before timestamptz not null
);
insert into ledger_final (before) values ('epoch');

-- How far a time may be ahead of this clock and be believed: what other clocks may be ahead. Beyond, this clock was set back.
create function clock_tolerance() returns interval language sql immutable parallel safe as $$ select interval '1 second' $$;

create function entries_floor_at() returns timestamptz language sql stable as $$
    select case when f.at <= clock_timestamp() + clock_tolerance() then f.at else 'epoch' end
    from (select timestamptz 'epoch' + last_value * interval '1 microsecond' as at from entries_floor) f
$$;

create function final_before() returns timestamptz language sql stable as $$
    select case when before <= clock_timestamp() + clock_tolerance() then before else 'epoch' end from ledger_final
$$;

-- For the statement that writes a batch's entries. It holds the lock on their table by then: who declares a time final does
-- so before looking for holders of that lock, so either this sees the new floor, or is waited for.
create function check_decided(decided timestamptz) returns boolean language plpgsql stable as $$
declare
    floor constant timestamptz := entries_floor_at();
begin
    if decided < floor then
        raise exception 'decided at %, and what is before % is final', decided, floor
            using errcode = 'serialization_failure', constraint = 'entries_not_in_final_time';
    end if;
    return true;
end
$$;

-- The transactions that write entries and have not ended.
create function entry_writers() returns text[] language sql volatile as $$
    select coalesce(array_agg(distinct l.virtualtransaction), '{}')
    from pg_locks l
    where l.locktype = 'relation' and l.relation = 'entries'::regclass and l.mode = 'RowExclusiveLock' and l.granted
      and l.database = (select d.oid from pg_database d where d.datname = current_database())
$$;

-- Makes `wanted` final, in two steps, because no lock may hold up the writers. From the first step on no batch that was
-- decided before then is written; the second is done once those have ended that may not have seen that. What is lost in a
-- crash takes nothing back, since the writers are lost with it: so neither waits for the disk, nor for a standby.
create function raise_entries_floor(wanted timestamptz, out raised timestamptz, out writers text[], out final timestamptz)
language plpgsql as $$
declare
    here constant timestamptz := clock_timestamp();
    standing timestamptz;
begin
    perform set_config('synchronous_commit', 'off', true);
    perform pg_advisory_xact_lock(hashtextextended('bursar.entries_floor', 0));
    standing := entries_floor_at();
    raised := greatest(standing, least(wanted, here + clock_tolerance()));
    perform setval('entries_floor', greatest(1, extract(epoch from raised) * 1000000)::bigint);
    writers := entry_writers();
    if writers = '{}' then
        perform settle_final(raised, writers);
    end if;
    final := final_before();
end
$$;

-- Whether all of them have ended and the time is final.
create function settle_final(raised timestamptz, writers text[]) returns boolean language plpgsql as $$
begin
    perform set_config('synchronous_commit', 'off', true);
    if writers && entry_writers() then
        return false;
    end if;
    update ledger_final set before = raised where before < raised or before > clock_timestamp() + clock_tolerance();
    return true;
end
$$;

-- What serves asks for these numbers, and declares times final in these two steps and in no other way.
do $$
declare
    trusted text;
begin
    foreach trusted in array array[
        'entries_floor_at()', 'final_before()', 'raise_entries_floor(timestamptz)', 'settle_final(timestamptz, text[])'] loop
        execute format('alter function %s security definer set search_path = %I, pg_temp', trusted, current_schema());
    end loop;
end
$$;

-- A closed clearing account would refuse every conversion of its currency. Older ones that are closed can be reopened.
create function refuse_closed_clearing_account() returns trigger language plpgsql as $$
begin
    raise exception 'account % is a clearing account', new.code
        using errcode = 'check_violation', constraint = 'accounts_clearing_stays_open';
end
$$;

create trigger accounts_clearing_stays_open before update of status on accounts for each row
    when (new.code like 'fx:%' and new.status = 'closed' and old.status <> 'closed')
    execute function refuse_closed_clearing_account();

-- A closed account opens again for a customer who is there: waits for a deletion of the customer that is under way, and then
-- finds it done. A deletion that comes second waits too, and looks again.
create function check_reopened_account() returns trigger language plpgsql security definer as $$
declare
    deleted timestamptz;
begin
    select deleted_at into deleted from customers where org_id = new.org_id and id = new.customer_id for share;
    if deleted is not null then
        raise exception 'customer % is deleted', new.customer_id
            using errcode = 'restrict_violation', constraint = 'accounts_of_deleted_customers_stay_closed';
    end if;
    return new;
end
$$;

create trigger accounts_of_deleted_customers_stay_closed before update of status on accounts for each row
    when (new.customer_id is not null and old.status = 'closed' and new.status <> 'closed')
    execute function check_reopened_account();

create function check_deleted_customer() returns trigger language plpgsql security definer as $$
begin
    if exists (select from accounts where org_id = new.org_id and customer_id = new.id and status <> 'closed') then
        raise exception 'customer % has accounts that are not closed', new.id
            using errcode = 'restrict_violation', constraint = 'customers_deleted_without_accounts';
    end if;
    return null;
end
$$;

create trigger customers_deleted_without_accounts after update of deleted_at on customers for each row
    when (old.deleted_at is null and new.deleted_at is not null) execute function check_deleted_customer();

do $$
declare
    trusted text;
begin
    foreach trusted in array array['check_reopened_account()', 'check_deleted_customer()'] loop
        execute format('alter function %s set search_path = %I, pg_temp', trusted, current_schema());
    end loop;
end
$$;
