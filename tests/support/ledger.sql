-- The writer of tests/support/ledger.hpp.

-- A version 7 UUID of the time, to the microsecond.
create or replace function test_uuid_of(at timestamptz) returns uuid language sql volatile as $$
    select (substr(ms, 1, 8) || '-' || substr(ms, 9, 4) || '-7' || lpad(to_hex(us * 4096 / 1000), 3, '0') || '-' ||
            substr(random_uuid, 20))::uuid
    from (select lpad(to_hex((extract(epoch from at) * 1000000)::bigint / 1000), 12, '0') as ms,
                 (extract(epoch from at) * 1000000)::bigint % 1000 as us,
                 gen_random_uuid()::text as random_uuid) parts
$$;

-- legs: [{"leg": 0, "debit": id, "credit": id, "amount": n, "held": n}, …]. Never earlier than the accounts' last entries.
create or replace function test_move(org uuid, kind_ text, state_ text, target uuid, legs_ jsonb,
                                      time_ timestamptz default clock_timestamp()) returns uuid
language plpgsql as $$
declare
    touched uuid[];
    states accounts[];
    at timestamptz;
    made uuid;
    side record;
    i integer;
    written entries[];
begin
    select array_agg(distinct id order by id) into touched
    from jsonb_to_recordset(legs_) as l (debit uuid, credit uuid), unnest(array[l.debit, l.credit]) id;
    perform from accounts where org_id = org and id = any (touched) order by id for update;
    select array_agg(a order by a.id), greatest(time_, max(a.last_recorded_at)) into states, at
    from accounts a where a.org_id = org and a.id = any (touched);
    made := test_uuid_of(at);
    for side in
        select l.leg, s.debit, s.account_id, s.sign * l.amount as amount, coalesce(l.held, 0) as held
        from jsonb_to_recordset(legs_) as l (leg smallint, debit uuid, credit uuid, amount bigint, held bigint),
             lateral (values (true, l.debit, 1), (false, l.credit, -1)) s (debit, account_id, sign)
        order by l.leg, s.debit desc
    loop
        i := array_position(touched, side.account_id);
        states[i].seq := states[i].seq + 1;
        states[i].balance := states[i].balance + side.amount;
        if side.debit then
            states[i].pending_debits := states[i].pending_debits + side.held;
        else
            states[i].pending_credits := states[i].pending_credits + side.held;
        end if;
        written := written || (org, side.account_id, at, states[i].seq, made, at, side.amount, side.held,
                               states[i].balance, states[i].pending_debits, states[i].pending_credits, side.leg,
                               side.debit, states[i].currency)::entries;
    end loop;
    insert into transfers (org_id, id, kind, state, target_id, idempotency_key, request_hash, amount, legs, account_ids,
                           effective_at, recorded_at)
    select org, made, kind_, state_, target, gen_random_uuid(), gen_random_uuid(),
           sum(case when kind_ in ('void', 'expiry') then -l.held else l.amount + greatest(coalesce(l.held, 0), 0) end),
           count(*), touched, at, at
    from jsonb_to_recordset(legs_) as l (amount bigint, held bigint);
    insert into entries select * from unnest(written);
    insert into events (org_id, type, resource_id, recorded_at)
    values (org, 'transfer.' || case kind_ when 'transfer' then 'created' when 'posting' then 'posted' when 'void' then
            'voided' when 'expiry' then 'expired' else 'reversed' end, made, at);
    return made;
end
$$;

-- The posting (void and expiry: amount 0) of all legs of a hold, the first of them for the amount.
create or replace function test_settle(org uuid, kind_ text, hold uuid, amount_ bigint) returns uuid
language plpgsql as $$
declare
    made uuid;
begin
    select test_move(org, kind_, 'posted', hold, jsonb_agg(jsonb_build_object(
        'leg', d.leg, 'debit', d.account_id, 'credit', c.account_id, 'amount', amount_, 'held', -d.held)))
    into made
    from entries d join entries c on c.org_id = org and c.transfer_id = hold and c.leg = d.leg and not c.debit
    where d.org_id = org and d.transfer_id = hold and d.debit;
    update transfers
    set state = case kind_ when 'posting' then 'posted' when 'void' then 'voided' else 'expired' end, settled_by = made
    where org_id = org and id = hold and settled_by is null;
    return made;
end
$$;

-- A part of a transfer of one leg. The header can say no more than all of it.
create or replace function test_reverse(org uuid, whole uuid, amount_ bigint) returns uuid language plpgsql as $$
declare
    made uuid;
begin
    select test_move(org, 'reversal', 'posted', whole, jsonb_build_array(jsonb_build_object(
        'leg', d.leg, 'debit', c.account_id, 'credit', d.account_id, 'amount', amount_)))
    into made
    from entries d join entries c on c.org_id = org and c.transfer_id = whole and c.leg = d.leg and not c.debit
    where d.org_id = org and d.transfer_id = whole and d.debit;
    update transfers
    set reversed = least(reversed + amount_, amount), reversed_legs = array[least(reversed + amount_, amount)]
    where org_id = org and id = whole;
    return made;
end
$$;
