// The rules of account statements. A statement ends with one entry, and its later pages end there too, whatever has
// been recorded since. Knows no HTTP. The repository must outlive the service.
//
// Failures, beside those of the database: not_found; validation_failed (from is later than to); gone (the entries that
// a balance at either end needs are archived).
#pragma once

#include "db/repositories/account_statements.hpp"
#include "server/principal.hpp"

namespace bursar::handlers::statements {

using db::repositories::account_range;
using db::repositories::entry_place;
using db::repositories::page;
using db::repositories::statement_line;
using server::awaitable;
using server::deadline;
using server::result;
using server::timestamp;
using server::uuid;

// Entries recorded at `from` or later, and before `to`.
struct time_range {
    std::optional<timestamp> from; // nullopt: from the account's beginning
    std::optional<timestamp> to;   // nullopt: all there are
};

// Where the reader of a statement has got to.
struct statement_place {
    entry_place after;   // the last line that was read
    entry_place through; // the last entry of the statement
    timestamp to;        // what the statement says of its end
};

struct opened_statement {
    account_range of;
    timestamp from;
    timestamp to;
    statement_place at; // in front of the next line

    bool empty() const noexcept { return of.opening.seq == of.closing.seq; }
};

class service {
public:
    explicit service(const db::repositories::account_statement_repository& statements) noexcept
        : statements_(statements) {}

    // `going_on`: a statement that was opened before.
    awaitable<result<opened_statement>> open(
        db::session& on, uuid org, uuid account, time_range range, std::optional<statement_place> going_on,
        deadline until) const;

    // The next lines, and the place moved behind them.
    awaitable<result<page<statement_line>>>
    read(db::session& on, uuid org, opened_statement& from, int limit, deadline until) const;

private:
    const db::repositories::account_statement_repository& statements_;
};

} // namespace bursar::handlers::statements
