// `bursar ledger archive`: months of entries past retention leave the table `entries` for tables of their own,
// archived_entries_YYYY_MM, which an operator may dump and drop. What each account stood at is carried forward in
// carried_balances, so that nothing that remains loses its opening balance. The oldest months go first and, of each
// organization, without a gap.
//
// The entries of an organization stay in a month that it has not closed, or in which a transfer of its is pending, and
// in all later ones; it holds nobody else up. A month that leaves whole is detached, which waits for transactions that
// use the table and lets others go on. Of one that leaves in part the rest is put in its place, which locks the table
// for a moment. A run that is interrupted is finished by the next one.
#pragma once

#include "db/commands/connection.hpp"

#include <chrono>
#include <iosfwd>

namespace bursar::db::commands {

struct archive_options {
    std::chrono::months older_than = std::chrono::years{7};
    bool dry_run = false; // say what would leave, and where each organization stands
};

// Returns how many months left, whole or in part, or would.
int archive(connection& on, const archive_options& options, std::ostream& report);

} // namespace bursar::db::commands
