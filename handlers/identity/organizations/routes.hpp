// The routes of organizations.
#pragma once

#include "handlers/identity/organizations/service.hpp"
#include "handlers/shared/dependencies.hpp"

namespace bursar::handlers::organizations {

using dependencies = dependencies_of<service>;

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::organizations
