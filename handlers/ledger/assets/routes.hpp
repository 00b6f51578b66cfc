// The routes of assets.
#pragma once

#include "handlers/ledger/assets/service.hpp"
#include "handlers/shared/dependencies.hpp"

namespace bursar::handlers::assets {

using dependencies = dependencies_of<service>;

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::assets
