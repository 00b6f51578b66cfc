-- Facts: what a row of a proven table says, as a salted hash, written by triggers in the transaction of each change. The
-- sealer moves facts into a chain of blocks of their own beside that of the transfers, one for each organization; the nil
-- organization has what belongs to none. So every row is held against its last fact, every fact against the chain, and the
-- chain against a hash that was anchored outside.
--
-- A hash alone would let what was erased be guessed, so it has a salt, which is no part of the chain; when a row changes, the
-- salts of its earlier facts go. Facts that pass (of rows that are kept for 30 days) have blocks of their own, and may go when
-- those rows have.
--
-- A migration that adds a table to those that are proven, or columns to one of them, calls prove_table for it; the tables stand
-- in db/repositories/ledger_facts.cpp too, because what verifies must not ask the database what is to be verified.

create table facts_unsealed (
    org_id uuid not null,
    source text not null,
    key jsonb not null,    -- the row's key beside its organization, as an array
    seq bigint generated always as identity, -- of one key in the order of its changes, whose transactions follow each other
    hash bytea constraint facts_unsealed_hash_length check (length(hash) = 32), -- null: the row is gone
    salt bytea,            -- null: a later fact came, or the row is gone
    passing boolean not null,
    recorded_at timestamptz not null, -- of what passes: the time that its retention counts from
    primary key (org_id, source, key, seq)
);

create table facts_sealed (
    org_id uuid not null,
    block bigint not null,
    place integer not null,
    source text not null,
    key jsonb not null,
    seq bigint not null,
    hash bytea,
    salt bytea,
    passing boolean not null,
    recorded_at timestamptz not null,
    last_recorded_at timestamptz not null, -- of its block: they go together
    primary key (org_id, block, place)
);

create unique index facts_sealed_by_key on facts_sealed (source, org_id, key, seq desc);
create index facts_sealed_passing on facts_sealed (last_recorded_at) where passing;

create table fact_blocks (
    org_id uuid not null,
    number bigint not null constraint fact_blocks_number_range check (number >= 1),
    facts integer not null constraint fact_blocks_some_facts check (facts > 0),
    passing boolean not null,
    last_recorded_at timestamptz not null, -- the latest of its facts
    sealed_at timestamptz not null,
    -- SHA-256, as handlers/ledger_proof/facts.hpp says of what.
    content_hash bytea not null constraint fact_blocks_content_hash_length check (length(content_hash) = 32),
    previous_hash bytea not null constraint fact_blocks_previous_hash_length check (length(previous_hash) = 32),
    hash bytea not null constraint fact_blocks_hash_length check (length(hash) = 32),
    primary key (org_id, number)
);

create function check_fact_block() returns trigger language plpgsql as $$
declare
    last fact_blocks;
begin
    select * into last from fact_blocks where org_id = new.org_id order by number desc limit 1;
    if new.number <> coalesce(last.number, 0) + 1
       or new.previous_hash <> coalesce(last.hash, decode(repeat('00', 32), 'hex')) then
        raise exception 'fact block % does not follow block %', new.number, coalesce(last.number, 0)
            using errcode = 'restrict_violation', constraint = 'fact_blocks_follow';
    end if;
    return new;
end
$$;

create trigger fact_blocks_checked before insert on fact_blocks for each row execute function check_fact_block();
create trigger fact_blocks_are_immutable before update or delete on fact_blocks
    for each row execute function refuse_change();
create trigger fact_blocks_are_not_truncated before truncate on fact_blocks execute function refuse_change();

-- A fact stays as it was sealed; its salt may go, and what passes may go after its time.
create function keep_fact() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        if old.passing and old.last_recorded_at < now() - interval '30 days' then
            return old;
        end if;
    elsif new.salt is null and to_jsonb(new) - 'salt' = to_jsonb(old) - 'salt' then
        return new;
    end if;
    raise exception '% of a sealed fact is refused', tg_op
        using errcode = 'restrict_violation', constraint = 'facts_sealed_append_only';
end
$$;

create trigger facts_sealed_are_kept before update or delete on facts_sealed for each row execute function keep_fact();
create trigger facts_sealed_are_not_truncated before truncate on facts_sealed execute function refuse_change();

-- Arguments: the column of the organization ('': none), the columns of the key, columns that are left out, and the column
-- from whose time on the row is kept for 30 days ('': it stays). A column that is null counts as one that is not there, so
-- that a new one changes no hash. Of the definer: whoever changes a row need not have a right to facts.
create function record_fact() returns trigger language plpgsql security definer
    set timezone = 'UTC' set bytea_output = 'hex' as $$
declare
    passes boolean := tg_argv[3] <> '';
    salted bytea := uuid_send(gen_random_uuid());
    was jsonb;
    is_now jsonb;
    org uuid;
    was_key jsonb;
    is_key jsonb;
begin
    if tg_op <> 'INSERT' then
        was := to_jsonb(old);
        select jsonb_agg(was -> k order by n) into was_key from unnest(tg_argv[1]::text[]) with ordinality u (k, n);
    end if;
    if tg_op <> 'DELETE' then
        is_now := to_jsonb(new);
        select jsonb_agg(is_now -> k order by n) into is_key from unnest(tg_argv[1]::text[]) with ordinality u (k, n);
    end if;
    org := coalesce(coalesce(is_now, was) ->> tg_argv[0], '00000000-0000-0000-0000-000000000000')::uuid;
    if was_key is not null then
        -- First where facts wait: one that is moved meanwhile is waited for there, and found behind.
        update facts_unsealed set salt = null
        where org_id = org and source = tg_table_name and key = was_key and salt is not null;
        update facts_sealed set salt = null
        where org_id = org and source = tg_table_name and key = was_key and salt is not null;
        if was_key is distinct from is_key and not passes then
            insert into facts_unsealed (org_id, source, key, passing, recorded_at)
            values (org, tg_table_name, was_key, passes, now());
        end if;
    end if;
    if is_key is not null then
        insert into facts_unsealed (org_id, source, key, hash, salt, passing, recorded_at)
        select org, tg_table_name, is_key, sha256(salted || convert_to(jsonb_object_agg(m.key, m.value)::text, 'UTF8')),
               salted, passes, coalesce((is_now ->> nullif(tg_argv[3], ''))::timestamptz, now())
        from jsonb_each(is_now - tg_argv[2]::text[]) m where m.value <> 'null';
    end if;
    return null;
end
$$;

-- The same of all rows of an INSERT, for those that come many at once.
create function record_facts_made() returns trigger language plpgsql security definer
    set timezone = 'UTC' set bytea_output = 'hex' as $$
begin
    insert into facts_unsealed (org_id, source, key, hash, salt, passing, recorded_at)
    select (r.made ->> tg_argv[0])::uuid, tg_table_name,
           (select jsonb_agg(r.made -> k order by n) from unnest(tg_argv[1]::text[]) with ordinality u (k, n)),
           sha256(r.salt || convert_to((select jsonb_object_agg(m.key, m.value)::text
                                        from jsonb_each(r.made - tg_argv[2]::text[]) m where m.value <> 'null'), 'UTF8')),
           r.salt, tg_argv[3] <> '', coalesce((r.made ->> nullif(tg_argv[3], ''))::timestamptz, now())
    from (select to_jsonb(n) as made, uuid_send(gen_random_uuid()) as salt from new_rows n offset 0) r;
    return null;
end
$$;

-- Makes the triggers of a table that is proven, and the facts of those of its rows that are not as their last fact says.
-- Arguments as those of record_fact. Where columns are left out, the triggers follow the others alone.
create function prove_table(source name, org text, keys text[], left_out text[], passing text) returns void
language plpgsql set timezone = 'UTC' set bytea_output = 'hex' as $$
declare
    arguments text := format('(%L, %L, %L, %L)', org, keys, left_out, passing);
    followed text := '';
begin
    execute format('drop trigger if exists facts_of_new_rows on %I', source);
    execute format('drop trigger if exists facts_of_changed_rows on %I', source);
    execute format('drop trigger if exists facts_of_removed_rows on %I', source);
    if left_out <> '{}' then
        select ' of ' || string_agg(quote_ident(attname), ', ') into followed from pg_attribute
        where attrelid = source::text::regclass and attnum > 0 and not attisdropped and attgenerated = ''
          and attname <> all (left_out);
    end if;
    if source = 'idempotency_keys' then
        -- Only inside of its transaction is a key not answered yet.
        execute format('create trigger facts_of_new_rows after insert on %I for each row when (new.status is not null) '
                       'execute function record_fact%s', source, arguments);
    elsif org = 'org_id' then
        execute format('create trigger facts_of_new_rows after insert on %I referencing new table as new_rows '
                       'for each statement execute function record_facts_made%s', source, arguments);
    else
        execute format('create trigger facts_of_new_rows after insert on %I for each row '
                       'execute function record_fact%s', source, arguments);
    end if;
    execute format('create trigger facts_of_changed_rows after update%s on %I for each row '
                   'execute function record_fact%s', followed, source, arguments);
    if passing = '' then
        execute format('create trigger facts_of_removed_rows after delete on %I for each row '
                       'execute function record_fact%s', source, arguments);
    end if;
    execute format($sql$
        insert into facts_unsealed (org_id, source, key, hash, salt, passing, recorded_at)
        select r.org, %1$L, r.key, sha256(r.salt || convert_to(r.form, 'UTF8')), r.salt, %5$L <> '', r.at
        from (select coalesce(t.j ->> %2$L, '00000000-0000-0000-0000-000000000000')::uuid as org,
                     (select jsonb_agg(t.j -> k order by n) from unnest(%3$L::text[]) with ordinality u (k, n)) as key,
                     (select jsonb_object_agg(m.key, m.value)::text from jsonb_each(t.j - %4$L::text[]) m
                      where m.value <> 'null') as form,
                     coalesce((t.j ->> nullif(%5$L, ''))::timestamptz, now()) as at, uuid_send(gen_random_uuid()) as salt
              from (select to_jsonb(x) as j from %1$I x) t offset 0) r
        left join lateral (
            select hash, salt from (
                select hash, salt, seq from facts_unsealed where org_id = r.org and source = %1$L and key = r.key
                union all
                select hash, salt, seq from facts_sealed where org_id = r.org and source = %1$L and key = r.key) f
            order by seq desc limit 1) said on true
        where (said.hash = sha256(said.salt || convert_to(r.form, 'UTF8'))) is not true
          and (%5$L = '' or r.at > now() - interval '30 days')$sql$, source, org, keys, left_out, passing);
end
$$;

select prove_table(source, org, keys, left_out, passing) from (values
    ('organizations'::name, 'id', '{id}'::text[], '{}'::text[], ''),
    ('api_keys', 'org_id', '{id}', '{last_used_at}', ''),
    ('idempotency_keys', 'org_id', '{route,key}', '{}', 'created_at'),
    ('customers', 'org_id', '{id}', '{open_tickets,search}', ''),
    ('tickets', 'org_id', '{id}', '{search}', ''),
    ('ticket_comments', 'org_id', '{ticket_id,number}', '{}', ''),
    ('ticket_activity', 'org_id', '{ticket_id,number}', '{}', ''),
    ('assets', 'org_id', '{code}', '{}', ''),
    ('accounts', 'org_id', '{id}', '{seq,balance,pending_debits,pending_credits,last_recorded_at}', ''),
    ('transfer_refusals', 'org_id', '{idempotency_key}', '{}', 'recorded_at'),
    ('ledger_books', 'org_id', '{org_id}', '{}', ''),
    ('ledger_periods', 'org_id', '{month}', '{}', ''),
    ('entry_archives', '', '{month}', '{}', ''),
    ('carried_balances', 'org_id', '{account_id}', '{}', ''),
    ('ledger_imports', 'org_id', '{kind,file_hash}', '{}', ''),
    ('scheduled_transfers', 'org_id', '{id}', '{claimed_until}', ''),
    ('scheduled_transfer_legs', 'org_id', '{scheduled_transfer_id,leg}', '{}', ''),
    ('users', '', '{id}', '{}', ''),
    ('memberships', 'org_id', '{user_id}', '{}', ''),
    ('invitations', 'org_id', '{id}', '{}', ''),
    ('audit_log', 'org_id', '{id}', '{}', '')) t (source, org, keys, left_out, passing);

-- pg_temp comes last, or whoever changes a row could put a table of theirs in front of ours.
do $$
declare
    trusted text;
begin
    foreach trusted in array array['record_fact()', 'record_facts_made()'] loop
        execute format('alter function %s set search_path = %I, pg_temp', trusted, current_schema());
    end loop;
end
$$;
