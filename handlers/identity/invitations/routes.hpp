// The routes of invitations.
#pragma once

#include "handlers/identity/invitations/service.hpp"
#include "handlers/shared/dependencies.hpp"

namespace bursar::handlers::invitations {

using dependencies = dependencies_of<service>;

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::invitations
