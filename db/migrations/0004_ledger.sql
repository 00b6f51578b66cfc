-- The ledger: accounts, transfers between them, the entries that transfers leave behind, and the events that tell of
-- them. Amounts are integers in the smallest unit of their currency; a debit is positive, a credit negative.

-- What an organization counts in beside the currencies of ISO 4217.
create table assets (
    org_id uuid not null references organizations (id),
    code text not null constraint assets_code_form check (code ~ '^[A-Z][A-Z0-9_]{2,11}$'),
    name text not null constraint assets_name_length check (length(name) between 1 and 200),
    exponent smallint not null constraint assets_exponent_range check (exponent between 0 and 18),
    created_at timestamptz not null default now(),
    primary key (org_id, code)
);

-- What an account keeps while its balance changes is checked where it is set, by a domain, and not with every balance.
create domain account_name as text constraint accounts_name_length check (length(value) between 1 and 200);
create domain account_code as text constraint accounts_code_length check (length(value) between 1 and 100);
create domain account_type as text
    constraint accounts_type_known check (value in ('asset', 'liability', 'equity', 'income', 'expense'));
create domain account_currency as text constraint accounts_currency_form check (value ~ '^[A-Z][A-Z0-9_]{2,11}$');
create domain account_status as text constraint accounts_status_known check (value in ('open', 'frozen', 'closed'));
create domain account_floor as bigint constraint accounts_floor_range check (value between -9007199254740991 and 0);
create domain account_ceiling as bigint constraint accounts_ceiling_range check (value between 0 and 9007199254740991);
create domain account_metadata as jsonb constraint accounts_metadata_object check (jsonb_typeof(value) = 'object');

-- seq, balance, the two pending sums and last_recorded_at are a cache of the account's last entry, kept by the trigger
-- post_entries and by nothing else. version counts changes of what clients set, and not of the balance.
create table accounts (
    org_id uuid not null references organizations (id),
    id uuid not null,
    name account_name not null,
    code account_code,
    type account_type not null,
    credit_normal boolean not null generated always as (type in ('liability', 'equity', 'income')) stored,
    currency account_currency not null,
    status account_status not null default 'open',
    floor account_floor,
    ceiling account_ceiling,
    customer_id uuid,
    metadata account_metadata not null default '{}',
    seq bigint not null default 0 constraint accounts_seq_range check (seq >= 0),
    balance bigint not null default 0
        constraint accounts_balance_range check (balance between -9007199254740991 and 9007199254740991),
    pending_debits bigint not null default 0
        constraint accounts_pending_debits_range check (pending_debits between 0 and 9007199254740991),
    pending_credits bigint not null default 0
        constraint accounts_pending_credits_range check (pending_credits between 0 and 9007199254740991),
    -- Of the last entry. Never later than that of the next one, whatever a clock says.
    last_recorded_at timestamptz not null default 'epoch',
    version bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (org_id, id),
    constraint accounts_code_key unique (org_id, code),
    constraint accounts_customer_fkey foreign key (org_id, customer_id) references customers (org_id, id),
    constraint accounts_available_range
        check (balance + pending_debits <= 9007199254740991 and balance - pending_credits >= -9007199254740991),
    -- In the account's normal direction, holds counted.
    constraint accounts_floor_kept check (floor is null or
        case when credit_normal then -balance - pending_debits else balance - pending_credits end >= floor),
    constraint accounts_ceiling_kept check (ceiling is null or
        case when credit_normal then -balance + pending_credits else balance + pending_debits end <= ceiling),
    constraint accounts_closed_at_zero check (status <> 'closed' or
        (balance = 0 and pending_debits = 0 and pending_credits = 0))
) with (fillfactor = 60); -- room for balances to change in place

-- Conversions between currencies go through "fx:EUR", "fx:USD" and so on, and must not be refused there. A trigger, since a
-- CHECK would be looked at with every balance; none of these columns changes.
create function check_clearing_account() returns trigger language plpgsql as $$
begin
    raise exception 'account % cannot be a clearing account', new.code
        using errcode = 'check_violation', constraint = 'accounts_clearing_form';
end
$$;

create trigger accounts_clearing_form before insert on accounts for each row
    when (new.code like 'fx:%' and (new.code <> 'fx:' || new.currency or new.type <> 'equity' or
          new.floor is not null or new.ceiling is not null or new.customer_id is not null))
    execute function check_clearing_account();

create index accounts_by_customer on accounts (org_id, customer_id, id) where customer_id is not null;
create index accounts_by_type on accounts (org_id, type, id);
create index accounts_by_currency on accounts (org_id, currency, id);
create index accounts_by_status on accounts (org_id, status, id) where status <> 'open';

-- One row for each thing done: a transfer, or the posting, voiding, expiry or reversal of an earlier one, its target.
-- Written once; only state, settled_by and the reversed amounts of a target change, each in one direction.
create table transfers (
    org_id uuid not null,
    -- A version 7 UUID of recorded_at, to the microsecond.
    id uuid not null,
    kind text not null
        constraint transfers_kind_known check (kind in ('transfer', 'posting', 'void', 'expiry', 'reversal')),
    state text not null
        constraint transfers_state_known check (state in ('pending', 'posted', 'voided', 'expired')),
    target_id uuid,
    -- UUIDs made of SHA-256 (RFC 9562, version 8): of route and Idempotency-Key, and of the whole request.
    idempotency_key uuid not null,
    request_hash uuid not null,
    -- The sum of the legs, whatever their currencies: a bound for what can be reversed.
    amount bigint not null constraint transfers_amount_range check (amount between 0 and 576460752303423424),
    legs smallint not null constraint transfers_legs_range check (legs between 1 and 64),
    -- Accounts with entries of this transfer; their entries carry its recorded_at.
    account_ids uuid[] not null,
    reversed bigint not null default 0,
    reversed_legs bigint[], -- null until the first reversal
    settled_by uuid,        -- the posting, void or expiry of a pending one
    description text constraint transfers_description_length check (length(description) between 1 and 500),
    external_reference text
        constraint transfers_external_reference_length check (length(external_reference) between 1 and 200),
    -- As the client wrote it, so that an answer can be given again to the letter.
    metadata json not null default '{}' constraint transfers_metadata_object check (json_typeof(metadata) = 'object'),
    -- When it happened in the business; recorded_at is when the ledger learnt of it.
    effective_at timestamptz not null,
    recorded_at timestamptz not null,
    expires_at timestamptz,
    -- The API key that asked for it; null: bursar itself.
    actor_id uuid,
    -- A conversion: this leg takes one currency to its clearing account, the next one brings another from its own. The
    -- rate is what one of the first is in the second, in major units; with the decimals that the client wrote.
    fx_leg smallint,
    fx_rate numeric,
    fx_source text,
    primary key (org_id, id),
    -- The key first: it alone tells rows apart.
    constraint transfers_idempotency_key unique (idempotency_key, org_id),
    constraint transfers_target_fkey foreign key (org_id, target_id) references transfers (org_id, id),
    constraint transfers_target_whole check ((kind = 'transfer') = (target_id is null)),
    constraint transfers_settled_whole check (settled_by is null or state <> 'pending'),
    constraint transfers_reversed_range check (reversed between 0 and amount),
    constraint transfers_expiry_of_pending check (expires_at is null or kind = 'transfer'),
    constraint transfers_fx_whole check (case when fx_leg is null then fx_rate is null and fx_source is null else
        fx_leg between 0 and legs - 2 and fx_rate is not null and fx_rate > 0 and
        kind in ('transfer', 'posting', 'reversal') and (fx_source is null or length(fx_source) between 1 and 200) end)
) with (fillfactor = 95);

-- A pending transfer is settled once, whoever tries.
create unique index transfers_settled_once on transfers (org_id, target_id) where kind in ('posting', 'void', 'expiry');
create index transfers_by_target on transfers (org_id, target_id, id) where target_id is not null;
create index transfers_not_posted on transfers (org_id, state, id) where state <> 'posted';
create index transfers_to_expire on transfers (expires_at, org_id, id) where state = 'pending' and expires_at is not null;
create index transfers_by_external_reference on transfers (org_id, external_reference, id)
    where external_reference is not null;
create index transfers_by_metadata on transfers using gin (org_id, (metadata::jsonb)) where metadata::text <> '{}';

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% of % is refused: entries alone move the ledger, and nothing of it is taken back', tg_op, tg_table_name
        using errcode = 'restrict_violation', constraint = tg_table_name || '_append_only';
end
$$;

create function check_transfer_change() returns trigger language plpgsql as $$
begin
    if (old.org_id, old.id, old.kind, old.target_id, old.idempotency_key, old.request_hash, old.amount, old.legs,
        old.account_ids, old.description, old.external_reference, old.metadata::text, old.effective_at, old.recorded_at,
        old.expires_at, old.actor_id, old.fx_leg, old.fx_rate::text, old.fx_source)
       is distinct from
       (new.org_id, new.id, new.kind, new.target_id, new.idempotency_key, new.request_hash, new.amount, new.legs,
        new.account_ids, new.description, new.external_reference, new.metadata::text, new.effective_at, new.recorded_at,
        new.expires_at, new.actor_id, new.fx_leg, new.fx_rate::text, new.fx_source)
       or new.reversed < old.reversed
       or (old.state, old.settled_by) is distinct from (new.state, new.settled_by)
          and (old.state <> 'pending' or new.settled_by is null) then
        raise exception 'transfer % is immutable', old.id
            using errcode = 'restrict_violation', constraint = 'transfers_append_only';
    end if;
    return new;
end
$$;

create trigger transfers_keep_their_facts before update on transfers
    for each row execute function check_transfer_change();
create trigger transfers_are_not_deleted before delete on transfers for each row execute function refuse_change();
create trigger transfers_are_not_truncated before truncate on transfers execute function refuse_change();

-- What a transfer did to one account: amount to its balance, held to what is pending on the entry's side; neither where
-- a reversal leaves a leg out. The last three amounts stand as they are after it. Partitioned by month, so that whole
-- months can leave.
create table entries (
    org_id uuid not null,
    account_id uuid not null,
    recorded_at timestamptz not null,
    -- 1, 2, 3 … of the account, in the order of recorded_at; entries of one transfer share their time.
    seq bigint not null,
    transfer_id uuid not null,
    effective_at timestamptz not null,
    amount bigint not null,
    held bigint not null,
    balance bigint not null,
    pending_debits bigint not null,
    pending_credits bigint not null,
    leg smallint not null, -- from 0
    debit boolean not null,
    currency text not null, -- of the account
    primary key (account_id, recorded_at, seq, org_id), -- the account first: it alone tells most rows apart
    constraint entries_sign check (case when debit then amount >= 0 else amount <= 0 end)
) partition by range (recorded_at);

create trigger entries_are_immutable before update or delete on entries for each row execute function refuse_change();
create trigger entries_are_not_truncated before truncate on entries execute function refuse_change();

-- The last line, and the only one that moves a balance: whatever writes entries, every leg has two sides of one currency
-- that cancel out, and every account goes on from exactly where its first new entry starts to where its last one ends.
-- One look for a whole statement, without a join that a plan made for a small one would ruin; the currency is compared so
-- that no index on it is chosen over the key. Raises serialization_failure when an account is not, or no longer, where
-- the writer took it to be: moved on by another transaction, frozen, closed, unknown.
create function post_entries() returns trigger language plpgsql as $$
declare
    broken bigint;
    touched bigint;
    moved bigint;
    uneven text;
begin
    with line as (
        select n.org_id, n.account_id, n.currency, n.seq, n.balance, n.pending_debits, n.pending_credits, n.recorded_at,
               lead(n.seq) over of_account is null as is_last,
               first_value(n.recorded_at) over of_account as first_recorded_at,
               first_value(n.seq) over of_account - 1 as seq_before,
               first_value(n.balance - n.amount) over of_account as balance_before,
               first_value(n.pending_debits - case when n.debit then n.held else 0 end) over of_account as debits_before,
               first_value(n.pending_credits - case when n.debit then 0 else n.held end) over of_account as credits_before,
               max((n.amount <> 0 or n.held > 0)::int) over of_account = 1 as takes,
               lag(n.seq) over of_account + 1 <> n.seq
                   or lag(n.balance) over of_account + n.amount <> n.balance
                   or lag(n.pending_debits) over of_account + case when n.debit then n.held else 0 end <> n.pending_debits
                   or lag(n.pending_credits) over of_account + case when n.debit then 0 else n.held end
                      <> n.pending_credits
                   or lag(n.recorded_at) over of_account > n.recorded_at
                   or lag(n.currency) over of_account <> n.currency as is_broken
        from new_entries n
        window of_account as (partition by n.org_id, n.account_id order by n.seq)
    ), gone_on as (
        update accounts a
        set seq = l.seq, balance = l.balance, pending_debits = l.pending_debits, pending_credits = l.pending_credits,
            last_recorded_at = l.recorded_at
        from line l
        where l.is_last and a.org_id = l.org_id and a.id = l.account_id and a.currency is not distinct from l.currency
          and a.seq = l.seq_before
          and a.balance = l.balance_before and a.pending_debits = l.debits_before
          and a.pending_credits = l.credits_before and a.last_recorded_at <= l.first_recorded_at
          and (a.status = 'open' or a.status = 'frozen' and not l.takes)
        returning a.id
    ), legs as (
        select n.transfer_id
        from new_entries n
        group by n.transfer_id, n.leg
        having count(*) <> 2 or min(n.amount) + max(n.amount) <> 0 or bool_and(n.debit) or not bool_or(n.debit)
            or min(n.held) <> max(n.held) or min(n.currency) <> max(n.currency)
    )
    select (select count(*) from line where is_broken), (select count(*) from line where is_last),
           (select count(*) from gone_on), (select string_agg(transfer_id::text, ', ') from legs)
    into broken, touched, moved, uneven;
    if broken > 0 then
        raise exception 'entries do not follow each other'
            using errcode = 'check_violation', constraint = 'entries_follow_each_other';
    end if;
    if moved < touched then
        raise exception '% of % accounts are not where their entries begin', touched - moved, touched
            using errcode = 'serialization_failure', constraint = 'entries_follow_accounts';
    end if;
    if uneven is not null then
        raise exception 'debits and credits differ in transfers %', uneven
            using errcode = 'check_violation', constraint = 'entries_balanced';
    end if;
    return null;
end
$$;

create trigger entries_posted after insert on entries referencing new table as new_entries
    for each statement execute function post_entries();

-- Nothing else moves a balance. Of the statement: a row's trigger would lock each row a second time.
create trigger accounts_follow_entries before update of seq, balance, pending_debits, pending_credits, last_recorded_at
    on accounts for each statement when (pg_trigger_depth() = 0) execute function refuse_change();
create trigger accounts_begin_empty before insert on accounts for each row
    when ((new.seq, new.balance, new.pending_debits, new.pending_credits, new.last_recorded_at)
          is distinct from (0, 0, 0, 0, timestamptz 'epoch'))
    execute function refuse_change();

-- Makes the partitions of the months from one day's to another's, where they are missing. Returns how many it made.
create function ensure_entry_partitions(first_day date, last_day date) returns integer language plpgsql as $$
declare
    month date := date_trunc('month', first_day);
    name text;
    made integer := 0;
begin
    perform pg_advisory_xact_lock(hashtextextended('bursar.entry_partitions', 0));
    while month <= last_day loop
        name := 'entries_' || to_char(month, 'YYYY_MM');
        if to_regclass(name) is null then
            -- Attached, not made in place: that takes no lock that a writer would wait for.
            execute format('create table %I (like entries including all)', name);
            execute format(
                'alter table entries attach partition %I for values from (%L) to (%L)', name,
                to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
                to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
            execute format('create trigger %I before truncate on %I execute function refuse_change()', name || '_kept', name);
            made := made + 1;
        end if;
        month := month + interval '1 month';
    end loop;
    return made;
end
$$;

select ensure_entry_partitions((now() at time zone 'UTC')::date - 31, (now() at time zone 'UTC')::date + 92);

-- What was refused, so that the same request is refused again. Rows older than 30 days go.
create table transfer_refusals (
    org_id uuid not null references organizations (id),
    idempotency_key uuid not null,
    request_hash uuid not null,
    code text not null,
    message text not null, -- empty: the code's own
    pointer text,          -- the field at fault and what is wrong with it, where one is
    field_message text,
    request_id text not null,
    recorded_at timestamptz not null default now(),
    primary key (org_id, idempotency_key)
);

create index transfer_refusals_by_age on transfer_refusals (recorded_at);

-- A key is answered once: what was refused is not done afterwards.
create function check_transfer_keys() returns trigger language plpgsql as $$
begin
    if exists (select from new_transfers n cross join lateral
               (select from transfer_refusals r
                where r.org_id = n.org_id and r.idempotency_key = n.idempotency_key limit 1) r) then
        raise exception 'a key was used for what was refused'
            using errcode = 'unique_violation', constraint = 'transfer_refusals_pkey';
    end if;
    return null;
end
$$;

create trigger transfers_not_refused_before after insert on transfers referencing new table as new_transfers
    for each statement execute function check_transfer_keys();

-- The outbox: one row for each change that others may want to hear of, written in its transaction. Read in the order of
-- (xid, seq) and only below the snapshot's xmin: a transaction that is still open may yet add rows in front of later
-- ones.
create table events (
    org_id uuid not null, -- of the resource, which refers to it: not looked up once more for each event
    xid xid8 not null default pg_current_xact_id(),
    -- In the order of writing within a transaction, which is all that it is for.
    seq bigint generated always as identity (cache 1000),
    type text not null constraint events_type_length check (length(type) between 3 and 100),
    resource_id uuid not null,
    data jsonb, -- what the resource cannot tell any more
    recorded_at timestamptz not null default now(),
    primary key (org_id, xid, seq)
);
