// `bursar ledger archive`: months of entries past retention leave the table `entries` for tables of their own,
// archived_entries_YYYY_MM, which an operator may dump and drop. What each account stood at is carried forward in
// carried_balances, so that nothing that remains loses its opening balance. The oldest months go first and without a
// gap: the first one that has to stay ends the run.
//
// A month stays while an organization with entries in it has not closed it, and while a transfer recorded in it is
// pending. Detaching waits for transactions that use the table and lets others go on. A run that is interrupted is
// finished by the next one.
#pragma once

#include "db/commands/connection.hpp"

#include <chrono>
#include <iosfwd>

namespace bursar::db::commands {

struct archive_options {
    std::chrono::months older_than = std::chrono::years{7};
    bool dry_run = false; // say what would leave, and why the next month would not
};

// Returns how many months left, or would.
int archive(connection& on, const archive_options& options, std::ostream& report);

} // namespace bursar::db::commands
