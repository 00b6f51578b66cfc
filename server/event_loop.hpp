// Runs the loop on the calling thread until it has nothing left to do. A debug build measures every turn and warns of
// those over 10 ms: they hold up everybody.
#pragma once

#include "server/asio.hpp"

namespace bursar::server {

void run_loop(asio::io_context& loop);

} // namespace bursar::server
