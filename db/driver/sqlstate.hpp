// What PostgreSQL said no with, as bursar's codes. The mapping is in db/README.md; the text of the server goes into
// error::detail only.
#pragma once

#include "db/failures.hpp"
#include "server/error.hpp"

#include <string_view>

struct pg_result;

namespace bursar::db {

// The class of the SQLSTATEs that functions of our own raise: nothing was applied, and error::constraint says why.
inline constexpr std::string_view refused_by_us = "BU";

struct failure {
    server::error reason;
    bool local = false;           // libpq's own word, not PostgreSQL's: the connection is gone or unusable
    bool ends_connection = false; // FATAL or PANIC: nothing more will be answered
    bool stale_plan = false;      // the prepared statement is gone or outdated; nothing was executed
    bool cancelled = false;       // 57014: by a cancel request or statement_timeout
    bool read_only = false;       // 25006: this server is no longer the primary
};

// From an error result.
failure failure_of(const pg_result* result);

// Of a notice: the commit that it came with no longer waits for a synchronous standby, be it that somebody cancelled
// the wait (01000) or ended the backend (57P01; both SyncRepWaitForLSN in PostgreSQL's syncrep.c). Other warnings of
// these states count as well: doubt costs a repetition, its lack a transfer. Seen only while client_min_messages lets
// it by.
bool leaves_commit_in_doubt(const pg_result* notice) noexcept;

// Of a statement by its SQLSTATE alone. Code only.
server::errc code_of(std::string_view sqlstate) noexcept;

} // namespace bursar::db
