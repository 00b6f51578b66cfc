// What became of a batch that the database refused.
#pragma once

#include "server/error.hpp"

namespace bursar::handlers::transfers {

// After so many attempts at so many members. A conflict of one may be with the same request, in another process: then
// the next attempt finds its answer.
bool is_worth_another(const server::error& e, bool in_the_way, int attempts, std::size_t members);

// The database refused a row: that concerns its member and not its neighbours.
bool is_of_one_member(const server::error& e);

} // namespace bursar::handlers::transfers
