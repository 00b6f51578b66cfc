#include "handlers/operations/probes/routes.hpp"

#include "handlers/operations/probes/probes.hpp"

namespace bursar::handlers::operations {

namespace http = server::http;
using http::request_context;

namespace {

http::route probe(std::string_view path, std::string_view id, std::string_view summary) {
    http::route r;
    r.path = path;
    r.operation_id = id;
    r.summary = summary;
    r.tag = "Operations";
    r.access = http::anyone{};
    r.answers = {{.status = 200, .description = "OK"}};
    r.internal = true; // for the cluster, not for API clients
    r.quiet = true;
    return r;
}

// Asked by whom the address budget must not turn away.
http::route unlimited(http::route r) {
    r.rate = http::rate_class::unlimited;
    return r;
}

} // namespace

std::vector<http::route> public_routes(const dependencies& with) {
    auto live = unlimited(probe("/livez", "getLiveness", "Is the process alive? The loop turns."));
    live.handler = [](request_context& c) { return answer_live(c); };

    auto ready = unlimited(probe("/readyz", "getReadiness", "Should traffic be sent here?"));
    ready.handler = [&with](request_context& c) { return answer_ready(c, with); };

    auto health = probe("/health", "getHealth", "Each dependency, up or down; for people.");
    health.handler = [&with](request_context& c) { return answer_health(c, with); };

    auto version = probe("/version", "getVersion", "The version of this process.");
    version.handler = [&with](request_context& c) { return answer_version(c, with); };

    return {std::move(live), std::move(ready), std::move(health), std::move(version)};
}

http::route metrics_route(const dependencies& with) {
    auto metrics = probe("/metrics", "getMetrics", "Prometheus text format.");
    metrics.handler = [&with](request_context& c) { return answer_metrics(c, with); };
    return metrics;
}

std::vector<http::route> operators_routes(const dependencies& with) {
    auto all = public_routes(with);
    all.push_back(metrics_route(with));
    for (auto& each : all)
        each = unlimited(std::move(each));
    return all;
}

} // namespace bursar::handlers::operations
