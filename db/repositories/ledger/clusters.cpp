#include "db/repositories/ledger/clusters.hpp"

namespace bursar::db::repositories {

namespace {

const statement settle_statement{"ledger_clusters.settle", access::write, "select settle_cluster()"};

const statement find_statement{
    "ledger_clusters.find", access::read,
    "select system_identifier = (select system_identifier from pg_control_system()), number - 1, settled_at"
    " from ledger_clusters order by number desc limit 1"};

} // namespace

awaitable<result<bool>> settle_cluster(session& on, deadline until) {
    const auto found = co_await on.execute(settle_statement, {}, until);
    if (!found)
        co_return found.error();
    co_return found->front().get<bool>(0);
}

awaitable<result<cluster_state>> read_cluster(session& on, deadline until) {
    const auto found = co_await on.execute(find_statement, {}, until);
    if (!found)
        co_return found.error();
    cluster_state out;
    if (!found->empty())
        found->front().read(out.settled, out.restored, out.settled_at);
    co_return out;
}

} // namespace bursar::db::repositories
