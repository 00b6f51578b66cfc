#include "db/partition_keeper.hpp"

#include "server/telemetry/log.hpp"

#include <prometheus/registry.h>

namespace bursar::db {

namespace {

using namespace std::chrono;

// Months ahead of this one.
constexpr months ahead{3};

const std::string ensure_sql =
    "select ensure_entry_partitions(($1 at time zone 'UTC')::date, ($2 at time zone 'UTC')::date)";

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
    const auto now = server::now();
    const auto today = year_month_day{floor<days>(now)};
    const auto month = today.year() / today.month();
    const auto end = sys_days{(month + ahead + months{1}) / 1};
    parameters values{now, timestamp{end - days{1}}};
    const auto made = co_await database_.execute(ensure_, std::move(values), steady_clock::now() + seconds{10});
    if (!made) {
        server::log_warning("entry_partitions_not_made").with("error", made.error().detail);
        co_return false;
    }
    if (const auto count = made->front().get<std::int32_t>(0); count > 0)
        server::log_info("entry_partitions_made").with("count", count);
    end_.Set(static_cast<double>(end.time_since_epoch() / seconds{1}));
    co_return false;
}

} // namespace bursar::db
