-- Metadata is merged, patch by patch, and must not grow without end. A trigger on the column and not a CHECK on the table:
-- what was written before this stands, and must not keep a balance or a count in its row from changing.
create function refuse_large_metadata() returns trigger language plpgsql as $$
begin
    raise exception 'metadata of more than 16384 bytes' using errcode = 'check_violation', constraint = 'metadata_small',
        table = tg_table_name;
end
$$;

create trigger customers_metadata_small before insert or update of metadata on customers
    for each row when (octet_length(new.metadata::text) > 16384) execute function refuse_large_metadata();

create trigger accounts_metadata_small before insert or update of metadata on accounts
    for each row when (octet_length(new.metadata::text) > 16384) execute function refuse_large_metadata();
