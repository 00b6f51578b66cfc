#include "handlers/operations/probes/connection_budget.hpp"

#include "server/telemetry/log.hpp"

#include <algorithm>

namespace bursar::handlers::operations {

namespace {

// For those who are no superusers; -1: no limit.
const db::statement limits{
    "connection_budget.limits", db::access::read,
    "select current_setting('max_connections')::int8 - current_setting('superuser_reserved_connections')::int8"
    " - coalesce(current_setting('reserved_connections', true)::int8, 0),"
    " (select rolconnlimit::int8 from pg_roles where rolname = current_user),"
    " (select datconnlimit::int8 from pg_database where datname = current_database())"};

} // namespace

server::awaitable<bool> check_connection_budget(db::client& database) {
    const auto found = co_await database.execute(limits, {}, server::steady_clock::now() + std::chrono::seconds{5});
    if (!found)
        co_return false;
    std::int64_t in_all = 0;
    std::int64_t role = 0;
    std::int64_t one_database = 0;
    found->front().read(in_all, role, one_database);
    auto least = in_all;
    for (const auto limit : {role, one_database})
        if (limit >= 0)
            least = std::min(least, limit);
    const auto wanted = static_cast<std::int64_t>(database.connections());
    if (wanted > least)
        server::log_warning("database_connections_short")
            .with("wanted", wanted)
            .with("server_has", in_all)
            .with("role_may", role)
            .with("database_takes", one_database);
    co_return true;
}

} // namespace bursar::handlers::operations
