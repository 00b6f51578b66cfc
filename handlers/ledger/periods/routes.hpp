// The routes of periods.
#pragma once

#include "handlers/ledger/periods/service.hpp"
#include "handlers/shared/dependencies.hpp"

namespace bursar::handlers::periods {

using dependencies = dependencies_of<service>;

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::periods
