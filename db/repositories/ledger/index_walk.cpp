#include "db/repositories/ledger/index_walk.hpp"

namespace bursar::db::repositories {

namespace {

const statement keep_to_indexes_statement{
    "index_walk.keep_to_indexes", access::write,
    "select set_config(name, value, true) from (values ('enable_sort', 'off'), ('enable_seqscan', 'off'),"
    " ('enable_bitmapscan', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'),"
    " ('max_parallel_workers_per_gather', '0')) planner (name, value)"};

} // namespace

awaitable<result<transaction>> begin_index_walk(client& on, deadline until) {
    auto begun = co_await on.begin(until);
    if (begun)
        begun->enqueue(keep_to_indexes_statement, {});
    co_return begun;
}

std::string entries_of(const std::string& transfer) {
    return "(select entry.* from unnest(" + transfer +
           ".account_ids) named (account_id) cross join lateral"
           " (select * from entries where org_id = " +
           transfer + ".org_id and account_id = named.account_id and recorded_at = " + transfer +
           ".recorded_at and transfer_id = " + transfer + ".id offset 0) entry) e";
}

} // namespace bursar::db::repositories
