-- Two things that every balance paid for as it moved, and one that it paid for as it was read.

-- A row's BEFORE UPDATE trigger locks the row, whatever columns it is of, before PostgreSQL looks whether it is meant: a
-- record in the log for each balance. These four only refuse, and can do so AFTER.
drop trigger accounts_of_erased_customers_stay on accounts;
create trigger accounts_of_erased_customers_stay after insert or update of name, code, metadata on accounts
    for each row when (new.customer_id is not null) execute function check_customer_not_erased();

drop trigger accounts_clearing_stays_open on accounts;
create trigger accounts_clearing_stays_open after update of status on accounts for each row
    when (new.code like 'fx:%' and new.status = 'closed' and old.status <> 'closed')
    execute function refuse_closed_clearing_account();

drop trigger accounts_of_deleted_customers_stay_closed on accounts;
create trigger accounts_of_deleted_customers_stay_closed after update of status on accounts for each row
    when (new.customer_id is not null and old.status = 'closed' and new.status <> 'closed')
    execute function check_reopened_account();

drop trigger accounts_metadata_small on accounts;
create trigger accounts_metadata_small after insert or update of metadata on accounts
    for each row when (octet_length(new.metadata::text) > 16384) execute function refuse_large_metadata();

-- A fill factor of 60 leaves room for balances to change in place, and has PostgreSQL prune a page as soon as 40% of it are
-- not free, which is always. Rows that lie loosely with a fill factor of 100 have both: so lie those that are there, and an
-- account that is made leaves beside it the room of its first version.
alter table accounts set (fillfactor = 100);

create function leave_room_for_balances() returns trigger language plpgsql security definer as $$
begin
    update accounts a set seq = a.seq from new_accounts n where a.org_id = n.org_id and a.id = n.id;
    return null;
end
$$;

do $$
begin
    execute format('alter function leave_room_for_balances() set search_path = %I, pg_temp', current_schema());
end
$$;

create trigger accounts_leave_room after insert on accounts referencing new table as new_accounts
    for each statement execute function leave_room_for_balances();

-- What final_before() says, in a form that becomes a part of the statement that asks: a function of its owner's is called
-- and planned by itself, which cost a read more than the rest of it.
create view final_times as
    select case when before <= clock_timestamp() + clock_tolerance() then before else 'epoch' end as before from ledger_final;
create or replace function final_before() returns timestamptz language sql stable as $$ select before from final_times $$;
revoke execute on function final_before() from public;
