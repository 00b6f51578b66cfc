// Reading the ledger along its indexes, a slice at a time. The planner guesses how much a slice has left to read, and a
// wrong guess makes it sort all that is left, or scan a table, for every slice; so these options forbid it.
#pragma once

#include "db/client.hpp"

#include <string>

namespace bursar::db::repositories {

// A transaction whose statements are planned as walks along indexes. Each has a snapshot of its own.
awaitable<result<transaction>> begin_index_walk(client& on, deadline until);

// The from-item, named `e`, that finds the entries of a transfer: by the accounts it names and its recorded_at, which
// lead to its month and to their places in the index. "offset 0" keeps the planner from another way round.
std::string entries_of(const std::string& transfer);

} // namespace bursar::db::repositories
