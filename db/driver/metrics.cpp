#include "db/driver/metrics.hpp"

namespace bursar::db {

namespace {

prometheus::Counter&
counter(prometheus::Registry& registry, const char* name, const char* help, const std::string& pool) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({{"pool", pool}});
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help, const std::string& pool) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({{"pool", pool}});
}

prometheus::Family<prometheus::Histogram>&
histogram(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

} // namespace

duration_histogram::duration_histogram(prometheus::Family<prometheus::Histogram>& family, const std::string& pool)
    : target_(family.Add({{"pool", pool}}, prometheus::Histogram::BucketBoundaries{bounds.begin(), bounds.end()}))
    , counts_(bounds.size() + 1) {}

void duration_histogram::observe(server::steady_clock::duration d) noexcept {
    const double seconds = std::chrono::duration<double>(d).count();
    std::size_t bucket = 0;
    while (bucket < bounds.size() && seconds > bounds[bucket])
        ++bucket;
    counts_[bucket] += 1;
    sum_ += seconds;
    dirty_ = true;
}

void duration_histogram::publish() {
    if (!std::exchange(dirty_, false))
        return;
    target_.ObserveMultiple(counts_, sum_);
    counts_.assign(counts_.size(), 0);
    sum_ = 0;
}

pool_metrics::pool_metrics(prometheus::Registry& registry, const std::string& pool, std::size_t limit)
    : wait(
          histogram(
              registry, "db_client_connection_wait_time_seconds",
              "From a call to the moment its statement is sent, or its connection leased."),
          pool)
    , operation(
          histogram(registry, "db_client_operation_duration_seconds", "From the send of a statement to its answer."),
          pool)
    , pending(gauge(registry, "db_client_connection_pending_requests", "Callers waiting in the queue.", pool))
    , in_flight(gauge(registry, "db_client_in_flight", "Statements sent and not answered, or leases out.", pool))
    , connections(gauge(registry, "db_client_connections", "Connections that are up.", pool))
    , reconnects(counter(registry, "db_client_connections_lost_total", "Connections lost after they were up.", pool))
    , retries(counter(registry, "db_client_retries_total", "Statements sent again.", pool))
    , unknown(counter(registry, "db_client_outcome_unknown_total", "Writes that ended without an answer.", pool))
    , refused(counter(registry, "db_client_overloaded_total", "Calls refused because the queue was full.", pool))
    , timeouts(counter(registry, "db_client_timeouts_total", "Calls that ended at their deadline.", pool)) {
    gauge(registry, "db_client_connection_max", "Connections at most.", pool).Set(static_cast<double>(limit));
}

} // namespace bursar::db
