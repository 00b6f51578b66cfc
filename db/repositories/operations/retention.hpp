// What is kept for 30 days and then goes: idempotency keys, refusals of transfers under theirs, the facts of both, and
// sessions after their end.
#pragma once

#include "db/session.hpp"

namespace bursar::db::repositories {

// Removes at most `limit` rows of each kind, the oldest first; whether more may be left. Only what is old by both
// clocks, the database's and the caller's: what a wrong one removed would be gone.
awaitable<result<bool>> purge_expired(session& on, timestamp now, std::int64_t limit, deadline until);

} // namespace bursar::db::repositories
