// The routes of members.
#pragma once

#include "handlers/identity/members/service.hpp"
#include "handlers/shared/dependencies.hpp"

namespace bursar::handlers::members {

using dependencies = dependencies_of<service>;

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::members
