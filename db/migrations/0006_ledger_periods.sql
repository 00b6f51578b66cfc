-- Periods: the months of an organization's books, by effective time in UTC. A month is opened by the first entry that
-- falls into it, closed in its order, and stays closed.

-- Up to where an organization's books are closed: the first instant that is open, null when nothing is closed.
create table ledger_books (
    org_id uuid primary key references organizations (id),
    closed_before timestamptz constraint ledger_books_whole_months
        check (closed_before = date_trunc('month', closed_before, 'UTC'))
);

insert into ledger_books (org_id) select id from organizations;

create function open_books() returns trigger language plpgsql as $$
begin
    insert into ledger_books (org_id) values (new.id);
    return null;
end
$$;

create trigger organizations_open_their_books after insert on organizations
    for each row execute function open_books();

-- The months that have entries, and the empty ones between those that are closed.
create table ledger_periods (
    org_id uuid not null references ledger_books (org_id),
    month date not null constraint ledger_periods_first_of_month check (month = date_trunc('month', month)),
    closed_at timestamptz,
    closed_by uuid, -- the API key
    primary key (org_id, month),
    constraint ledger_periods_closed_whole check (closed_by is null or closed_at is not null)
);

-- The advisory lock of an organization's books: shared by what writes entries, exclusive for what closes a month, so
-- that neither overlooks the other. Not a row lock, because a stream of sharers would starve the closer; and one of 64,
-- so that a batch for a thousand organizations does not take a thousand.
create function books_lock(org_id uuid) returns bigint language sql immutable parallel safe as $$
    select hashtextextended('bursar.ledger_books', uuid_hash(org_id) & 63)
$$;

create function month_of(at timestamptz) returns date language sql immutable parallel safe as $$
    select date_trunc('month', at at time zone 'UTC')::date
$$;

-- The last line: no entry takes effect in a closed month, whatever writes it. One pass over a batch; what is then looked
-- up for each organization stands in scalar subqueries, which no planner turns into a scan of the table.
create function check_open_period() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
    orgs uuid[];
    firsts timestamptz[];
    lasts timestamptz[];
    wrong text;
begin
    select array_agg(o.org_id), array_agg(o.first), array_agg(o.last) into orgs, firsts, lasts
    from (select org_id, min(effective_at) as first, max(effective_at) as last from new_entries group by org_id) o;
    perform pg_advisory_xact_lock_shared(l.lock)
    from (select distinct books_lock(org) as lock from unnest(orgs) org order by 1) l;
    -- A statement of its own: it must see what was closed before the lock was had.
    select string_agg(format('%s of %s', o.first, o.org), ', ') into wrong
    from unnest(orgs, firsts) o (org, first)
    where o.first < (select b.closed_before from ledger_books b where b.org_id = o.org);
    if wrong is not null then
        raise exception 'entries take effect in closed periods: %', wrong
            using errcode = 'check_violation', constraint = 'entries_in_open_period';
    end if;
    if exists (
        select from unnest(orgs, firsts, lasts) o (org, first, last)
        where month_of(o.last) > month_of(o.first) + 31
           or (select p.month from ledger_periods p where p.org_id = o.org and p.month = month_of(o.first)) is null
           or (select p.month from ledger_periods p where p.org_id = o.org and p.month = month_of(o.last)) is null
    ) then
        insert into ledger_periods (org_id, month)
        select distinct n.org_id, month_of(n.effective_at) from new_entries n order by 1, 2
        on conflict do nothing;
    end if;
    return null;
end
$$;

create trigger entries_in_open_period after insert on entries referencing new table as new_entries
    for each statement execute function check_open_period();

-- Months of entries that have left, or are about to, for tables of their own: archived_entries_2019_01. They leave in
-- their order, so everything recorded before the last one's end has gone.
create table entry_archives (
    month date primary key,
    entries bigint not null,
    began_at timestamptz not null default now(),
    finished_at timestamptz
);

-- Where an account stood after its last entry that left: what its first remaining entry builds upon.
create table carried_balances (
    org_id uuid not null,
    account_id uuid not null,
    recorded_at timestamptz not null,
    seq bigint not null,
    balance bigint not null,
    pending_debits bigint not null,
    pending_credits bigint not null,
    primary key (org_id, account_id),
    constraint carried_balances_account_fkey foreign key (org_id, account_id) references accounts (org_id, id)
);

-- What was recorded before this is not in entries any more; null while nothing has left.
create function entries_archived_before() returns timestamptz language sql stable parallel safe as $$
    select (max(month) + interval '1 month') at time zone 'UTC' from entry_archives
$$;
