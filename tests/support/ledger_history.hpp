// Ledger rows of any time, written by SQL alone: what the API does not let a test write.
#pragma once

#include "tests/support/postgres.hpp"

#include <string>

namespace bursar::tests {

// What makes the functions below, in the schema of the search_path. test_transfer(org, debit, credit, amount,
// recorded_at, effective_at) keeps every rule that the database enforces; the accounts must have no later entries.
inline constexpr const char* ledger_history_sql = R"(
create or replace function test_account(org uuid, type_ text) returns uuid language sql as $$
    insert into accounts (org_id, id, name, type, currency)
    values (org, gen_random_uuid(), 'Account', type_, 'EUR') returning id
$$;

create or replace function test_transfer(org uuid, debit_ uuid, credit_ uuid, amount_ bigint, recorded timestamptz,
                                         effective timestamptz)
returns uuid language plpgsql as $$
declare
    made uuid := gen_random_uuid();
begin
    perform ensure_entry_partitions((recorded at time zone 'UTC')::date, (recorded at time zone 'UTC')::date);
    insert into transfers (org_id, id, kind, state, idempotency_key, request_hash, amount, legs, account_ids,
                           effective_at, recorded_at)
    values (org, made, 'transfer', 'posted', made, made, amount_, 1, array[debit_, credit_], effective, recorded);
    insert into entries (org_id, account_id, recorded_at, seq, transfer_id, effective_at, amount, held, balance,
                         pending_debits, pending_credits, leg, debit, currency)
    select org, a.id, recorded, a.seq + 1, made, effective, case a.id when debit_ then amount_ else -amount_ end, 0,
           a.balance + case a.id when debit_ then amount_ else -amount_ end, a.pending_debits, a.pending_credits, 0,
           a.id = debit_, a.currency
    from accounts a where a.org_id = org and a.id in (debit_, credit_);
    insert into events (org_id, type, resource_id) values (org, 'transfer.created', made);
    return made;
end
$$;
)";

} // namespace bursar::tests
