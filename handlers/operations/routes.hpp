// What an operator and Kubernetes ask the process: is it alive, is it ready, what does it measure, which version.
#pragma once

#include "handlers/operations/write_check.hpp"
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

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::operations
