-- A dump that is restored goes on in another cluster, whose transaction ids have nothing to do with those that are stored:
-- of events, of seals, and of cursors that clients hold. So what is stored and told is a position: the number of the
-- cluster above 48 bits of transaction id. Whatever is new comes after whatever is old, however either counted.

create table ledger_clusters (
    number bigint primary key constraint ledger_clusters_number_range check (number between 1 and 32767),
    system_identifier bigint not null, -- as pg_control_system() says
    settled_at timestamptz not null default clock_timestamp()
);

select prove_table('ledger_clusters', '', '{number}', '{}', '');

-- What is added to a transaction id here: settle_cluster() puts the constant, which costs a statement nothing.
create function position_base() returns bigint language sql immutable parallel safe as $$ select 0::bigint $$;

-- The snapshot of the statement, in positions.
create function position_snapshot() returns pg_snapshot language sql stable as $$
    select case when position_base() = 0 then s else format('%s:%s:%s',
        pg_snapshot_xmin(s)::text::bigint + position_base(), pg_snapshot_xmax(s)::text::bigint + position_base(),
        (select string_agg((x::text::bigint + position_base())::text, ',' order by x::text::bigint)
         from pg_snapshot_xip(s) x))::pg_snapshot end
    from pg_current_snapshot() s
$$;

-- A seal that goes back is one of somebody who knows transaction ids only.
create or replace trigger ledger_seals_go_on before update on ledger_seals for each row
    when (old.org_id <> new.org_id or new.blocks < old.blocks
          or pg_snapshot_xmax(new.sealed) < pg_snapshot_xmax(old.sealed))
    execute function refuse_change();

create function refuse_unsettled() returns trigger language plpgsql as $$
begin
    raise exception 'restored into another cluster, where the ledger goes on once a server has started'
        using errcode = 'BU002', constraint = 'cluster_settled';
end
$$;

-- True: this is another cluster than before, and positions go on in it from now on. Before that nothing is written here that
-- has one: the triggers hold the cluster's identifier as a constant.
create function settle_cluster() returns boolean language plpgsql security definer as $$
declare
    here constant bigint := (select system_identifier from pg_control_system());
    fresh bigint;
    fresh_base bigint;
    followed text;
begin
    if here = (select system_identifier from ledger_clusters order by number desc limit 1) then
        return false;
    end if;
    lock table ledger_clusters in share row exclusive mode; -- and perhaps another process was first
    if here = (select system_identifier from ledger_clusters order by number desc limit 1) then
        return false;
    end if;
    select coalesce(max(number), 0) + 1 into fresh from ledger_clusters;
    -- Restored before there was this table.
    if fresh = 1 and exists (
        select from organizations o cross join lateral
               (select xid from events where org_id = o.id order by xid desc limit 1) e
        where e.xid >= pg_snapshot_xmax(pg_current_snapshot())
        union all
        select from ledger_seals where greatest(pg_snapshot_xmax(sealed), pg_snapshot_xmax(sealing))
                                       > pg_snapshot_xmax(pg_current_snapshot())) then
        fresh := 2;
    end if;
    fresh_base := (fresh - 1) << 48;
    if fresh_base > 0 then
        execute format('create or replace function position_base() returns bigint language sql immutable parallel safe '
                       'as $sql$ select %s::bigint $sql$', fresh_base);
        execute format('alter table events alter column xid '
                       'set default ((pg_current_xact_id()::text::bigint + %s)::text)::xid8', fresh_base);
    end if;
    foreach followed in array array['events', 'ledger_seals'] loop
        execute format('create or replace trigger %1$I_in_settled_cluster before insert or update on %1$I '
                       'for each statement when ((pg_control_system()).system_identifier <> %2$L::bigint) '
                       'execute function refuse_unsettled()', followed, here);
    end loop;
    insert into ledger_clusters (number, system_identifier) values (fresh, here);
    return true;
end
$$;

do $$
begin
    execute format('alter function settle_cluster() set search_path = %I, pg_temp', current_schema());
end
$$;
revoke execute on function settle_cluster() from public;

select settle_cluster();

-- What was written in this cluster while the seals took it for old is announced again, behind them.
update events e set xid = ((pg_current_xact_id()::text::bigint + position_base())::text)::xid8
from ledger_seals s
where position_base() > 0 and s.org_id = e.org_id and e.type like 'transfer.%'
  and (pg_visible_in_snapshot(e.xid, s.sealed)
       or pg_visible_in_snapshot(e.xid, s.sealing) and (e.xid, e.seq) <= (s.xid, s.seq))
  and not exists (select from (select org_id, unnest(transfer_ids) as id from ledger_blocks) b
                  where b.org_id = e.org_id and b.id = e.resource_id);
