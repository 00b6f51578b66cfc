// What tables of routes are written with, and the names that they are written in.
#pragma once

#include "handlers/shared/operation.hpp"
#include "handlers/shared/page_query.hpp"
#include "server/principal.hpp"
#include "server/schema/routes.hpp"

namespace bursar::handlers {

namespace http = server::http;
namespace schema = server::schema;
using http::verb;
using server::errc;
using enum server::permission;

} // namespace bursar::handlers
