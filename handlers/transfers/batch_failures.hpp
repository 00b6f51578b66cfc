// What became of a batch that the database refused.
#pragma once

#include "server/error.hpp"

namespace bursar::handlers::transfers {

// Rolled back because another transaction was in the way: the same again has every chance.
bool is_transient(const server::error& e);

// The database refused a row: that concerns its member and not its neighbours.
bool is_of_one_member(const server::error& e);

} // namespace bursar::handlers::transfers
