-- One call, one transfer, one transaction: the peer under pgbench. What needs no lock comes first, so that the rows of
-- the accounts are held for as short as can be.

-- A version 7 UUID of the time, so that new transfers stand at the right edge of their index.
create function new_id() returns uuid language sql volatile as $$
    select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1),
        53, 1), 'hex')::uuid
$$;

create function transfer(key uuid, debit uuid, credit uuid, units bigint) returns uuid language plpgsql as $$
declare
    made uuid := new_id();
    from_account accounts;
    to_account accounts;
    account accounts;
begin
    insert into transfers values (made, key, debit, credit, units, now()) on conflict (idempotency_key) do nothing;
    if not found then
        return (select id from transfers where idempotency_key = key);
    end if;
    insert into events (type, resource_id) values ('transfer.posted', made);
    for account in select * from accounts where id in (debit, credit) order by id for update loop
        if account.id = debit then
            from_account := account;
        else
            to_account := account;
        end if;
    end loop;
    if from_account.id is null or to_account.id is null then
        raise exception 'there is no such account';
    elsif from_account.status <> 'open' or to_account.status <> 'open' then
        raise exception 'an account is not open';
    elsif from_account.currency <> to_account.currency then
        raise exception 'the currencies differ';
    elsif -(from_account.balance + units) < from_account.floor then
        raise exception 'insufficient funds';
    end if;
    insert into entries values
        (debit, from_account.seq + 1, made, units, from_account.balance + units, now()),
        (credit, to_account.seq + 1, made, -units, to_account.balance - units, now());
    update accounts set seq = from_account.seq + 1, balance = from_account.balance + units where id = debit;
    update accounts set seq = to_account.seq + 1, balance = to_account.balance - units where id = credit;
    return made;
end
$$;
