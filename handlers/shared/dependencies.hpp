// What the routes of a resource depend on where its service answers them all. Both must outlive the routes.
#pragma once

#include "db/client.hpp"
#include "server/http/route.hpp"

#include <vector>

namespace bursar::handlers {

template <class Service>
struct dependencies_of {
    db::client& database;
    const Service& service;
};

} // namespace bursar::handlers
