// The answers of the probes (https://kubernetes.io/docs/reference/using-api/health-checks/).
#pragma once

#include "handlers/operations/probes/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::operations {

using server::awaitable;
using server::http::request_context;
using server::http::response;

// Always 200: that it arrives says that the loop turns. Asks no dependency.
awaitable<response> answer_live(request_context& context);

// 200, or 503 naming what is missing: draining, the database away or of another cluster, migrations not applied, writes
// refused or not answered. ?verbose lists each check, and what is known of a synchronous standby.
awaitable<response> answer_ready(request_context& context, const dependencies& with);

// 200 with every check, up or down: for people and dashboards.
awaitable<response> answer_health(request_context& context, const dependencies& with);

awaitable<response> answer_metrics(request_context& context, const dependencies& with);
awaitable<response> answer_version(request_context& context, const dependencies& with);

} // namespace bursar::handlers::operations
