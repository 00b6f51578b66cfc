// Why a connection was not made, as one of a few classes. What libpq says of it holds hosts, users and databases, so
// that goes nowhere: neither to a client nor into the log.
#pragma once

#include <string>

struct pg_conn;

namespace bursar::db {

class connect_options;

struct connect_failure {
    const char* reason = "";
    std::string sqlstate = {}; // empty: it did not come so far that PostgreSQL would have said something

    // "password refused (28P01)"
    std::string text() const { return sqlstate.empty() ? reason : reason + (" (" + sqlstate + ")"); }
};

// Of a connection that failed. Understands what PostgreSQL said only where report_errors_by_sqlstate() came before it.
connect_failure failure_of(const pg_conn* connection);

// Of an SQLSTATE that a connection was refused with.
const char* connect_reason(const std::string& sqlstate) noexcept;

// Right after PQconnectStartParams: the error that ends the attempt is to come as its SQLSTATE, which libpq gives in
// no other way. report_errors_in_full() once the connection stands.
void report_errors_by_sqlstate(pg_conn* connection) noexcept;
void report_errors_in_full(pg_conn* connection) noexcept;

// For who does nothing else meanwhile: a connection whose session is set up, or null and the reason. Each host has as
// long as connect_timeout says.
pg_conn* connect_and_set_up(connect_options options, connect_failure& why);

} // namespace bursar::db
