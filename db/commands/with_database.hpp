// One piece of work for an operator's command, on a loop and a client of its own.
#pragma once

#include "db/client.hpp"

#include <functional>
#include <string>

namespace bursar::db::commands {

// Returns the exit code.
using database_work = std::function<awaitable<int>(client&)>;

// Runs the work to its end. What it throws is printed to standard error. With the database away the work is not begun,
// and when it goes away nothing waits for it to come back: exit_unavailable, at once.
int with_database(const std::string& url, const database_work& work);

// Tells a failure on standard error; returns the exit code for it, which is never 1.
int report(const server::error& failed);

} // namespace bursar::db::commands
