-- Whoever moves several balances takes them in the order of their keys, or two writers that met could each hold what the
-- other waits for. The entries come sorted, and a loop over them keeps their order. A plan that goes through the accounts
-- and looks each up among the entries does not: it takes them as they lie, and was made for a small table of accounts. Of
-- the ways to join, only the loop that asks an index for each account stays in the choice, whatever the statistics say.
alter function post_entries() set enable_hashjoin = off;
alter function post_entries() set enable_mergejoin = off;
alter function post_entries() set enable_seqscan = off;
