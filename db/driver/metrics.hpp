// What a lane or pool shows at /metrics, named after OpenTelemetry's database client conventions. Durations are counted
// in plain arrays on the loop's thread and published a few times a second: the hot path takes no lock.
#pragma once

#include "server/asio.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <string>
#include <vector>

namespace bursar::db {

class duration_histogram {
public:
    duration_histogram(prometheus::Family<prometheus::Histogram>& family, const std::string& pool);
    void observe(server::steady_clock::duration d) noexcept;
    void publish();

private:
    static constexpr std::array<double, 14> bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                   0.025,  0.05,    0.1,    0.25,  0.5,    1,     5};
    prometheus::Histogram& target_;
    std::vector<double> counts_;
    double sum_ = 0;
    bool dirty_ = false;
};

class pool_metrics {
public:
    pool_metrics(prometheus::Registry& registry, const std::string& pool, std::size_t limit);

    void publish() {
        wait.publish();
        operation.publish();
    }

    duration_histogram wait;      // from the call to the send, or to the lease
    duration_histogram operation; // from the send to the answer
    prometheus::Gauge& pending;
    prometheus::Gauge& in_flight; // statements sent; for leases: leases out
    prometheus::Gauge& connections;
    prometheus::Counter& reconnects;
    prometheus::Counter& retries;
    prometheus::Counter& unknown;
    prometheus::Counter& refused; // at its depth
    prometheus::Counter& timeouts;
};

} // namespace bursar::db
