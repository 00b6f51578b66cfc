// The process's metrics: one prometheus-cpp registry, and what is read only when somebody scrapes.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bursar::server {

// Seconds; the buckets that OpenTelemetry and Prometheus users expect of request durations.
prometheus::Histogram::BucketBoundaries duration_buckets();

// Values that cost something to know: asked for at each scrape.
class scrape_metrics {
public:
    explicit scrape_metrics(prometheus::Registry& registry);
    void add(std::string name, std::string help, std::function<double()> read);
    // The same of what only grows; its name ends in _total.
    void add_counter(std::string name, std::string help, std::function<double()> read);
    // bursar_build_info: which build this is.
    void add_build(std::string_view version);
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
