// How many requests there are and how long they take.
#pragma once

#include "server/http/route.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <string_view>
#include <unordered_map>

namespace bursar::server::http {

class request_metrics {
public:
    explicit request_metrics(prometheus::Registry& registry);

    // route may be null: a request that the gate refused.
    void observe(std::string_view method, const route* route, unsigned status, std::chrono::nanoseconds took);

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

} // namespace bursar::server::http
