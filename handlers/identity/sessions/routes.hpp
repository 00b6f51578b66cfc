// The routes of sessions, and of who speaks in them.
#pragma once

#include "handlers/identity/sessions/service.hpp"
#include "server/http/route.hpp"
#include "server/identity/signing_keys.hpp"

#include <vector>

namespace bursar::handlers::sessions {

struct dependencies {
    db::client& database;
    const sessions::service& service;
    const server::signing_keys& keys;
};

// The dependencies must outlive the routes.
std::vector<server::http::route> routes(const dependencies& with);

} // namespace bursar::handlers::sessions
