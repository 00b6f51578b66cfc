#include "server/http/request_metrics.hpp"

#include "server/telemetry/metrics.hpp"

#include <array>
#include <string>

namespace bursar::server::http {

namespace {

// A method as a label: those that HTTP knows, and _OTHER for what a client made up.
std::string_view method_label(std::string_view method) noexcept {
    static constexpr std::array<std::string_view, 8> known{"GET",    "HEAD",    "POST",  "PUT",
                                                           "DELETE", "OPTIONS", "PATCH", "TRACE"};
    for (const auto name : known)
        if (name == method)
            return name;
    return "_OTHER";
}

} // namespace

request_metrics::request_metrics(prometheus::Registry& registry)
    : durations_(prometheus::BuildHistogram()
                     .Name("http_server_request_duration_seconds")
                     .Help("Time from a request's head to its answer, by method, route template and status.")
                     .Register(registry))
    , in_flight_(prometheus::BuildGauge()
                     .Name("http_server_active_requests")
                     .Help("Requests at work.")
                     .Register(registry)
                     .Add({}))
    , waiting_(prometheus::BuildGauge()
                   .Name("http_server_waiting_requests")
                   .Help("Of those at work, the ones that wait because their tenant has its share.")
                   .Register(registry)
                   .Add({}))
    , shed_(prometheus::BuildCounter()
                .Name("http_server_shed_requests_total")
                .Help("Requests answered 503 because too many were at work.")
                .Register(registry)
                .Add({})) {}

std::size_t request_metrics::series_hash::operator()(const series& s) const noexcept {
    return std::hash<const void*>{}(s.route) * 31 + std::hash<const void*>{}(s.method.data()) * 7 + s.status;
}

void request_metrics::observe(
    std::string_view method, const route* route, unsigned status, std::chrono::nanoseconds took) {
    const series key{method_label(method), route, status};
    auto& found = by_series_[key];
    if (!found) {
        const std::string path{route && !route->path.empty() ? route->path : "_none"};
        found = &durations_.Add(
            {{"method", std::string{key.method}}, {"route", path}, {"status", std::to_string(status)}},
            duration_buckets());
    }
    found->Observe(std::chrono::duration<double>(took).count());
}

} // namespace bursar::server::http
