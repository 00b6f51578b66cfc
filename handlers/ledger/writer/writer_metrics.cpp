#include "handlers/ledger/writer/writer_metrics.hpp"

#include "server/telemetry/log.hpp"

#include <algorithm>

namespace bursar::handlers::transfers {

namespace {

const std::vector<double> seconds{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
const std::vector<double> sizes{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10'000};

prometheus::Histogram&
histogram(prometheus::Registry& registry, const char* name, const char* help, const std::vector<double>& bounds) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, bounds);
}

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

double in_seconds(server::steady_clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

} // namespace

writer_metrics::writer_metrics(prometheus::Registry& registry)
    : queue_(prometheus::BuildGauge()
                 .Name("bursar_ledger_queue_length")
                 .Help("Transfers that wait for a batch.")
                 .Register(registry)
                 .Add({}))
    , wait_(histogram(registry, "bursar_ledger_wait_seconds", "From a transfer's arrival to its batch.", seconds))
    , size_(histogram(registry, "bursar_ledger_batch_size", "Transfers decided together.", sizes))
    , duration_(histogram(registry, "bursar_ledger_batch_duration_seconds", "From reading to durable.", seconds))
    , outcomes_(prometheus::BuildCounter()
                    .Name("bursar_ledger_outcomes_total")
                    .Help("Transfers by what became of them.")
                    .Register(registry))
    , created_(outcomes_.Add({{"outcome", "created"}}))
    , replayed_(outcomes_.Add({{"outcome", "replayed"}}))
    , declined_(outcomes_.Add({{"outcome", "refused"}}))
    , refused_(outcomes_.Add({{"outcome", "overloaded"}}))
    , retried_(counter(registry, "bursar_ledger_retries_total", "Batches tried again after another was in the way."))
    , bisected_(counter(registry, "bursar_ledger_bisections_total", "Batches taken apart after a refusal."))
    , no_partition_(counter(
          registry, "bursar_ledger_partition_missing_total",
          "Attempts at a batch that found no partition for its month."))
    , waits_(seconds.size() + 1) {}

void writer_metrics::no_partition(const server::error& why) {
    no_partition_.Increment();
    server::log_error("entry_partition_missing").with("error", why.detail);
}

void writer_metrics::waited(server::steady_clock::duration time) {
    const auto value = in_seconds(time);
    const auto bucket = std::lower_bound(seconds.begin(), seconds.end(), value) - seconds.begin();
    waits_[static_cast<std::size_t>(bucket)] += 1;
    waited_ += value;
}

void writer_metrics::committed(decision& made, server::steady_clock::duration took) {
    double created = 0;
    double replayed = 0;
    double declined = 0;
    for (const auto& answers : made.outcomes())
        for (const auto& each : answers) {
            if (std::holds_alternative<db::repositories::transfer>(each))
                ++created;
            else if (std::holds_alternative<replay>(each))
                ++replayed;
            else
                ++declined;
        }
    created_.Increment(created);
    replayed_.Increment(replayed);
    declined_.Increment(declined);
    size_.Observe(created + replayed + declined);
    duration_.Observe(in_seconds(took));
    wait_.ObserveMultiple(waits_, waited_);
    std::fill(waits_.begin(), waits_.end(), 0);
    waited_ = 0;
}

} // namespace bursar::handlers::transfers
