// Where repositories send statements: the shared lanes of the client, or one transaction. Same call for both, so a
// repository does not know which it has.
//
// Failures are values. `conflict` with error::constraint set: a unique, exclusion, check or foreign key constraint
// refused. `dependency_unavailable`: not sent, or sent and certainly not applied. `deadline_exceeded`: not applied.
// `outcome_unknown`: a write (or COMMIT) was sent and the connection was lost, or the deadline passed, before the
// answer. `overloaded`: the lane is at its depth; nothing was sent. `internal`: PostgreSQL refused the statement itself
// (a bug).
#pragma once

#include "db/parameters.hpp"
#include "db/rows.hpp"
#include "db/statement.hpp"
#include "server/asio.hpp"
#include "server/error.hpp"

namespace bursar::db {

using server::awaitable;
using server::deadline;
using server::errc;
using server::error;
using server::result;

class session {
public:
    virtual ~session() = default;

    // Runs one statement and returns all its rows. The statement must outlive the call; the parameters are taken over.
    virtual awaitable<result<rows>> execute(const statement& what, parameters values, deadline until) = 0;
};

} // namespace bursar::db
