// A connection of the test's own to its PostgreSQL, blocking: what somebody outside of bursar sees and does.
#pragma once

#include "tests/support/postgres.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;

namespace bursar::tests {

// PostgreSQL refused, or is not there.
struct sql_failure : std::runtime_error {
    sql_failure(const std::string& text, std::string state, std::string name)
        : std::runtime_error(text)
        , sqlstate(std::move(state))
        , constraint(std::move(name)) {}
    std::string sqlstate;   // empty: no connection
    std::string constraint; // the one that refused
};

// The text as a literal of SQL.
std::string sql_literal(std::string_view text);

class sql_session {
public:
    using row = std::vector<std::string>; // nulls are empty

    explicit sql_session(const postgres_server& at);

    // One or several statements; the rows of the last. Throws sql_failure.
    std::vector<row> rows(const std::string& sql) const;
    // The first column of the first row; empty without rows.
    std::string query(const std::string& sql) const;
    // What comes of it: the constraint that refused, or else its SQLSTATE; "done" when nothing did.
    std::string refusal(const std::string& sql) const;

private:
    std::unique_ptr<pg_conn, void (*)(pg_conn*)> connection_;
};

// Holds the locks of its statement until it is let go. What needs them waits: requests sent meanwhile meet for certain.
class gate {
public:
    gate(const postgres_server& at, const std::string& statement)
        : session_(at) {
        session_.query("begin; " + statement);
    }
    // Until so many backends wait for a lock.
    void wait_for_waiting(std::size_t backends) const;
    void open() const { session_.query("commit"); }

private:
    sql_session session_;
};

} // namespace bursar::tests
