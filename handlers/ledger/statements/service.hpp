// The rules of account statements. A statement ends with one entry, and its later pages end there too, whatever has
// been recorded since; and it ends before what is not final yet, so that the one which follows it begins with what it
// left out. Knows no HTTP. The repository and the final time must outlive the service.
//
// Failures, beside those of the database: not_found; validation_failed (from is later than to);
// dependency_unavailable (from is not final yet: a batch hangs, or a replica is behind); gone (the entries that a
// balance at either end needs are archived).
#pragma once

#include "db/repositories/ledger/account_statements.hpp"
#include "handlers/ledger/final_time.hpp"
#include "handlers/shared/service.hpp"

namespace bursar::handlers::statements {

using db::repositories::account_range;
using db::repositories::entry_place;
using db::repositories::statement_line;

// Entries recorded at `from` or later, and before `to`.
struct time_range {
    std::optional<timestamp> from; // nullopt: from the account's beginning; in the future: from now on
    std::optional<timestamp> to;   // nullopt, or in the future: all there are
};

// Where the reader of a statement has got to.
struct statement_place {
    entry_place after;   // the last line that was read
    entry_place through; // the last entry of the statement
    timestamp to;        // what the statement says of its end: the range's, or where it stops being final
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
    service(const db::repositories::account_statement_repository& statements, final_time& times) noexcept
        : statements_(statements)
        , times_(times) {}

    // `going_on`: a statement that was opened before.
    awaitable<result<opened_statement>> open(
        db::session& on, uuid org, uuid account, time_range range, std::optional<statement_place> going_on,
        deadline until) const;

    // The next lines, and the place moved behind them.
    awaitable<result<page<statement_line>>>
    read(db::session& on, uuid org, opened_statement& from, int limit, deadline until) const;

private:
    const db::repositories::account_statement_repository& statements_;
    final_time& times_;
};

} // namespace bursar::handlers::statements
