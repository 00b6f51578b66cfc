// The process's metrics: one prometheus-cpp registry, the HTTP families, and what is read only when somebody scrapes.
#pragma once

#include "server/http/route.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bursar::server {

// Seconds; the buckets that OpenTelemetry and Prometheus users expect of request durations.
prometheus::Histogram::BucketBoundaries duration_buckets();

class http_metrics {
public:
    explicit http_metrics(prometheus::Registry& registry);

    // route may be null: a request that the gate refused.
    void observe(std::string_view method, const http::route* route, unsigned status, std::chrono::nanoseconds took);

    prometheus::Gauge& in_flight() noexcept { return in_flight_; }
    prometheus::Gauge& waiting() noexcept { return waiting_; }
    prometheus::Counter& shed() noexcept { return shed_; }

private:
    struct series {
        std::string_view method;
        const http::route* route;
        unsigned status;
        bool operator==(const series&) const = default;
    };
    struct series_hash {
        std::size_t operator()(const series& s) const noexcept;
    };

    prometheus::Family<prometheus::Histogram>& durations_;
    prometheus::Gauge& in_flight_;
    prometheus::Gauge& waiting_;
    prometheus::Counter& shed_;
    std::unordered_map<series, prometheus::Histogram*, series_hash> by_series_;
};

// Values that cost something to know: asked for at each scrape.
class scrape_metrics {
public:
    explicit scrape_metrics(prometheus::Registry& registry);
    void add(std::string name, std::string help, std::function<double()> read);
    // The same of what only grows; its name ends in _total.
    void add_counter(std::string name, std::string help, std::function<double()> read);
    // bursar_build_info: which build this is.
    void tell_build(std::string_view version);
    // The registry's text format (version 0.0.4), with the process's CPU time, memory, descriptors and start, the log's
    // warnings and errors, and what was added.
    std::string render();

private:
    prometheus::Registry& registry_;
    prometheus::Family<prometheus::Counter>& logged_;
    std::vector<std::pair<prometheus::Gauge*, std::function<double()>>> gauges_;
    std::vector<std::pair<prometheus::Counter*, std::function<double()>>> counters_;
};

} // namespace bursar::server
