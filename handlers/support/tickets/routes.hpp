// The routes of the support desk.
#pragma once

#include "handlers/shared/dependencies.hpp"
#include "handlers/support/tickets/service.hpp"

namespace bursar::handlers::tickets {

using dependencies = dependencies_of<service>;

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::tickets
