#include "db/partition_keeper.hpp"

#include "server/telemetry/log.hpp"

#include <prometheus/registry.h>

namespace bursar::db {

namespace {

// This month's and the next three. Returns how many were made and where the last one ends.
const std::string ensure_sql =
    "select ensure_entry_partitions(today, (ends - interval '1 day')::date), ends at time zone 'UTC' from (select "
    "(now() at time zone 'UTC')::date today, date_trunc('month', now() at time zone 'UTC') + interval '4 months' ends) "
    "m";

} // namespace

partition_keeper::partition_keeper(client& database, prometheus::Registry& metrics)
    : database_(database)
    , ensure_("entries.ensure_partitions", access::write, ensure_sql)
    , end_(prometheus::BuildGauge()
               .Name("bursar_ledger_partitions_end_timestamp_seconds")
               .Help("Entries recorded before this time have a partition.")
               .Register(metrics)
               .Add({})) {}

awaitable<bool> partition_keeper::keep() {
    const auto made = co_await database_.execute(ensure_, {}, server::steady_clock::now() + std::chrono::seconds{10});
    if (!made) {
        server::log_warning("entry_partitions_not_made").with("error", made.error().detail);
        co_return false;
    }
    if (const auto count = made->front().get<std::int32_t>(0); count > 0)
        server::log_info("entry_partitions_made").with("count", count);
    const auto end = made->front().get<timestamp>(1);
    end_.Set(static_cast<double>(end.time_since_epoch() / std::chrono::seconds{1}));
    co_return false;
}

} // namespace bursar::db
