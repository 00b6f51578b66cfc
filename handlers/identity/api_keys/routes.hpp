// The routes of API keys.
#pragma once

#include "handlers/identity/api_keys/service.hpp"
#include "handlers/shared/dependencies.hpp"

namespace bursar::handlers::api_keys {

using dependencies = dependencies_of<service>;

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::api_keys
