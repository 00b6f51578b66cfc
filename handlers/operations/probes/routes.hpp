// What an operator and Kubernetes ask the process: is it alive, is it ready, what does it measure, which version.
#pragma once

#include "handlers/operations/probes/write_check.hpp"
#include "server/http/route.hpp"
#include "server/lifecycle.hpp"
#include "server/telemetry/metrics.hpp"

#include <string>
#include <vector>

namespace bursar::handlers::operations {

struct dependencies {
    const server::lifecycle& state;
    db::client& database;
    const write_check& writes;
    server::scrape_metrics& metrics;
    std::string version;
};

// The dependencies must outlive the routes. All may be asked by anybody who reaches the listener.
// Of the API's listener: the probes, and the version.
std::vector<server::http::route> public_routes(const dependencies& with);
// What the process measures, which tells how much business there is: of the API's listener where there is no other.
server::http::route metrics_route(const dependencies& with);
// Of the listener for operations: all of them, without limits.
std::vector<server::http::route> operators_routes(const dependencies& with);

} // namespace bursar::handlers::operations
