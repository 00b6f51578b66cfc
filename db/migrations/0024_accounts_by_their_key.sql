-- 0023 left the planner one more way to take accounts as they lie: an index that is read from end to end, as if it were a
-- table. It did so where statistics were of a time with hardly an account; two writers then waited for each other. It reads
-- an index whole for the sake of an order that a join could use, and joins by equality only. So the accounts are asked for as
-- members of arrays of one: an index finds them as before, and no way is left but to look each up, as the entries come. Nor
-- can such statistics make it look through all accounts of an organization for each: what an index shows costs by the row.
do $$
declare
    before constant text := pg_get_functiondef('post_entries()'::regprocedure);
    changed constant text := replace(
        before, 'a.org_id = l.org_id and a.id = l.account_id',
        'a.org_id = any (array[l.org_id]) and a.id = any (array[l.account_id])');
begin
    if before = changed then
        raise exception 'post_entries is not what was expected';
    end if;
    execute changed;
end
$$;

alter function post_entries() reset enable_hashjoin;
alter function post_entries() reset enable_mergejoin;
alter function post_entries() set enable_bitmapscan = off;
alter function post_entries() set cpu_index_tuple_cost = 1;
