// The names that all services are written in.
#pragma once

#include "db/repositories/page.hpp"
#include "db/session.hpp"
#include "server/principal.hpp"

namespace bursar::handlers {

using db::repositories::expected_versions;
using db::repositories::page;
using server::awaitable;
using server::deadline;
using server::errc;
using server::error;
using server::principal;
using server::result;
using server::timestamp;
using server::uuid;

} // namespace bursar::handlers
