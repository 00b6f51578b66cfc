-- The chain: the ledger's transfers and their entries in blocks, each with a hash of what it holds and of the block
-- before it. What was sealed cannot be changed afterwards without a trace, by nobody: whoever keeps one hash outside
-- can prove all that came before. One chain for each organization, so that it can take and check its own.

create table ledger_blocks (
    org_id uuid not null references organizations (id),
    number bigint not null constraint ledger_blocks_number_range check (number >= 1),
    -- In the order of the content. Named here, so that the chain does not depend on how long events are kept.
    transfer_ids uuid[] not null constraint ledger_blocks_some_transfers check (cardinality(transfer_ids) > 0),
    transfers integer not null generated always as (cardinality(transfer_ids)) stored,
    entries integer not null constraint ledger_blocks_entries_range check (entries >= 0),
    first_recorded_at timestamptz not null, -- the earliest of its transfers
    sealed_at timestamptz not null,
    -- SHA-256, as handlers/ledger_proof/chain.hpp says of what.
    content_hash bytea not null constraint ledger_blocks_content_hash_length check (length(content_hash) = 32),
    previous_hash bytea not null constraint ledger_blocks_previous_hash_length check (length(previous_hash) = 32),
    hash bytea not null constraint ledger_blocks_hash_length check (length(hash) = 32),
    primary key (org_id, number)
);

create function check_block() returns trigger language plpgsql as $$
declare
    last ledger_blocks;
begin
    select * into last from ledger_blocks where org_id = new.org_id order by number desc limit 1;
    if new.number <> coalesce(last.number, 0) + 1
       or new.previous_hash <> coalesce(last.hash, decode(repeat('00', 32), 'hex')) then
        raise exception 'block % does not follow block %', new.number, coalesce(last.number, 0)
            using errcode = 'restrict_violation', constraint = 'ledger_blocks_follow';
    end if;
    return new;
end
$$;

create trigger ledger_blocks_checked before insert on ledger_blocks for each row execute function check_block();
create trigger ledger_blocks_are_immutable before update or delete on ledger_blocks
    for each row execute function refuse_change();
create trigger ledger_blocks_are_not_truncated before truncate on ledger_blocks execute function refuse_change();

-- How far the sealer has come. It takes the ledger cut by cut: what one snapshot sees and the one before did not. Unlike
-- a position in the feed, that leaves no transfer out which another sealed one builds upon, because a transaction can
-- have a higher xid than one that waited for its locks.
create table ledger_seals (
    org_id uuid primary key references organizations (id),
    sealed pg_snapshot not null, -- all that it sees is in blocks
    blocks bigint not null,      -- in so many
    sealing pg_snapshot,         -- the cut that is on its way, if one is
    xid xid8 not null,           -- and the last event of it that is in a block
    seq bigint not null
) with (fillfactor = 50); -- room to change in place
