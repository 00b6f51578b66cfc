// Whether PostgreSQL has room for all the connections that the process opens: looked at once, when it is reached,
// because what is short of them shows at the worst time. Tells the log, and nobody else.
#pragma once

#include "db/client.hpp"

namespace bursar::handlers::operations {

// False: the database did not answer, look again.
server::awaitable<bool> check_connection_budget(db::client& database);

} // namespace bursar::handlers::operations
