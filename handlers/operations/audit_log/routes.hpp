// The route of the audit log.
#pragma once

#include "db/client.hpp"
#include "db/repositories/operations/audit_log.hpp"
#include "server/http/route.hpp"

#include <vector>

namespace bursar::handlers::audit_log {

struct dependencies {
    db::client& database;
    const db::repositories::audit_log_repository& rows;
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::audit_log
