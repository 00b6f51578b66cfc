-- Erasure: what is personal of a customer goes from every table, for good; the rows, and what the ledger recorded, stay.

alter table customers
    add column erased_at timestamptz,
    add constraint customers_erased_are_deleted check (erased_at is null or deleted_at is not null);

create function refuse_change_of_erased() returns trigger language plpgsql as $$
begin
    raise exception 'customer % is erased', old.id
        using errcode = 'restrict_violation', constraint = 'customers_stay_erased';
end
$$;

create trigger customers_stay_erased before update on customers for each row when (old.erased_at is not null)
    execute function refuse_change_of_erased();

-- Whoever names an account waits for an erasure of its customer that is under way, and then finds it done.
create function check_customer_not_erased() returns trigger language plpgsql as $$
declare
    erased timestamptz;
begin
    select erased_at into erased from customers where org_id = new.org_id and id = new.customer_id for key share;
    if erased is not null then
        raise exception 'customer % is erased', new.customer_id
            using errcode = 'restrict_violation', constraint = 'accounts_of_erased_customers_stay';
    end if;
    return new;
end
$$;

create trigger accounts_of_erased_customers_stay before insert or update of name, code, metadata on accounts
    for each row when (new.customer_id is not null) execute function check_customer_not_erased();

-- What is kept about one customer has to be found without reading everybody's.
create index tickets_deleted_by_customer on tickets (org_id, customer_id, id) where deleted_at is not null;
create index scheduled_transfer_legs_by_debit_account on scheduled_transfer_legs (org_id, debit_account_id);
create index scheduled_transfer_legs_by_credit_account on scheduled_transfer_legs (org_id, credit_account_id);

-- The resource that a kept answer is about: the first of its Location, or else that of its body. Used by an index, so an
-- older version of the program that writes keys is covered too.
create function answered_resource(headers text, body text) returns uuid language sql immutable parallel safe as $$
    select coalesce(
        substring(headers from '(?:^|\n)Location: /api/v1/[a-z-]+/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})'),
        substring(body from '^\{"data":\{"id":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"'))::uuid
$$;

create index idempotency_keys_by_resource on idempotency_keys (org_id, answered_resource(headers, body))
    where body is not null;
