-- Whose clock counts, and which dates can be.

-- Whether a writer of the ledger may be believed: `writer` is its clock when it decided, `newest` the last time that it
-- records at, and `under_way` how many microseconds what it sends may have been on its way. Raises when the clocks are
-- more than a second apart. Compares with the time at which the statement came, so that waiting for a lock is no error.
create function check_clock(writer timestamptz, newest timestamptz, under_way bigint) returns boolean
language plpgsql stable as $$
declare
    here constant timestamptz := statement_timestamp();
    apart constant interval := interval '1 second';
begin
    if greatest(writer, newest) > here + apart then
        raise exception 'what is written is of %, % ahead of the clock', greatest(writer, newest),
                greatest(writer, newest) - here
            using errcode = 'BU001', constraint = 'clock_ahead';
    end if;
    if writer < here - apart - under_way * interval '1 microsecond' then
        raise exception 'what is written was decided at %, % behind the clock', writer, here - writer
            using errcode = 'BU001', constraint = 'clock_behind';
    end if;
    return true;
end
$$;

-- Scheduled transfers run. A process takes those that are due by setting claimed_until, so that nobody cancels one that is
-- under way; it makes the transfer under a key of the schedule and the time, and then moves next_run_at on.
alter table scheduled_transfers
    add column missed text not null default 'once'
        constraint scheduled_transfers_missed_known check (missed in ('skip', 'once', 'all')),
    add column claimed_until timestamptz,
    add column last_refusal text; -- the code, when the last run was refused

-- The months of the books begin with 1900. What was booked before there were bounds, the year 1 for one, is immutable and
-- hashed; it counts into the first month, and what lies behind 9999 into the last.
create or replace function month_of(at timestamptz) returns date language sql immutable parallel safe as $$
    select greatest(date '1900-01-01', least(date '9999-12-01', date_trunc('month', at at time zone 'UTC')::date))
$$;

-- Books that have months before 1900: those become the first month, open, to be closed like any other. A close has
-- written every empty month since; months without transfers go. (All that have books like that, and no others, are read.)
do $$
declare
    wrong uuid;
begin
    for wrong in select distinct org_id from ledger_periods where month < date '1900-01-01' loop
        perform pg_advisory_xact_lock(books_lock(wrong));
        update ledger_books set closed_before = null where org_id = wrong and closed_before <= '1900-01-01 00:00:00+00';
        delete from ledger_periods p where org_id = wrong and closed_at is not null and not exists (
            select from (select distinct month_of(effective_at) as month from transfers where org_id = wrong) used
            where used.month = p.month);
        delete from ledger_periods where org_id = wrong and month < date '1900-01-01';
        insert into ledger_periods (org_id, month, closed_at, closed_by)
        select wrong, '1900-01-01', l.closed_at, l.closed_by
        from (select wrong) o (org_id)
        left join lateral (
            select closed_at, closed_by from ledger_periods where org_id = wrong and closed_at is not null
            order by month desc limit 1) l on true
        where exists (select from transfers where org_id = wrong and effective_at < '1900-02-01 00:00:00+00')
        on conflict do nothing;
    end loop;
end
$$;
