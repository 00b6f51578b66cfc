// What the batch writer shows at /metrics. Observed a few hundred times a second at most: once a batch, not once a
// transfer, except for the waits, which are counted in place and published with the batch.
#pragma once

#include "handlers/ledger/writer/decision.hpp"
#include "server/asio.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace bursar::handlers::transfers {

class writer_metrics {
public:
    explicit writer_metrics(prometheus::Registry& registry);

    void queued(std::size_t instructions) { queue_.Set(static_cast<double>(instructions)); }
    void waited(server::steady_clock::duration time);
    void refused() { refused_.Increment(); }
    void retried() { retried_.Increment(); }
    void bisected() { bisected_.Increment(); }
    void no_partition(const server::error& why);
    void committed(decision& made, server::steady_clock::duration took);

private:
    prometheus::Gauge& queue_;
    prometheus::Histogram& wait_;
    prometheus::Histogram& size_;
    prometheus::Histogram& duration_;
    prometheus::Family<prometheus::Counter>& outcomes_;
    prometheus::Counter& created_;
    prometheus::Counter& replayed_;
    prometheus::Counter& declined_;
    prometheus::Counter& refused_;
    prometheus::Counter& retried_;
    prometheus::Counter& bisected_;
    prometheus::Counter& no_partition_;
    std::vector<double> waits_;
    double waited_ = 0;
};

} // namespace bursar::handlers::transfers
