// `bursar ledger import`: accounts and past transfers from CSV. Both files are checked to their ends before anything is
// written: every bad row is reported with its line and reason. Then accounts are made in one transaction, and transfers
// written in chunks by the statements of the batch writer, each chunk in one transaction with the file's position, so
// that a run which was ended goes on where it stopped and a file that is in the ledger is left alone. Rows are known by
// their references: one that was imported from another file is passed over if it is the same, and a fault otherwise.
#pragma once

#include "db/client.hpp"
#include "db/repositories/ledger/imports.hpp"
#include "db/repositories/ledger/periods.hpp"
#include "handlers/ledger/imports/accounts_file.hpp"
#include "handlers/ledger/imports/history.hpp"

#include <iosfwd>

namespace bursar::handlers::imports {

using db::repositories::import_file;
using db::repositories::import_progress;
using server::awaitable;
using server::result;

struct import_options {
    uuid org;
    std::string accounts; // paths; empty: none
    std::string transfers;
    bool dry_run = false; // only check
};

// What came of it. Bad rows were reported on the way.
enum class import_outcome { done, bad_rows };

class importer {
public:
    // Progress goes to `out`, bad rows to `problems`. All must outlive the importer.
    importer(db::client& database, import_options options, std::ostream& out, std::ostream& problems);

    // Throws std::system_error when a file cannot be read.
    awaitable<result<import_outcome>> run();

private:
    // A file and how much of it was in the ledger at the start.
    struct source {
        import_file file;
        std::string_view text;
        import_progress at;
        bool wanted() const noexcept { return !file.name.empty() && !at.finished; }
    };

    awaitable<result<>> confirm();
    awaitable<result<>> learn();
    awaitable<result<>> identify(source& from, std::string_view text);
    awaitable<result<>> check_accounts(faults& found);
    awaitable<result<>> check_transfers(faults& found);
    awaitable<result<>> write_accounts();
    awaitable<result<>> make_partitions();
    awaitable<result<>> write_transfers();
    awaitable<result<>>
    write_chunk(std::vector<past_transfer>& rows, history& past, working_balances& now, import_progress to);
    // Which rows are in the ledger already.
    awaitable<result<std::vector<bool>>>
    find_written(db::session& on, const std::vector<past_transfer>& rows, faults& found);

    working_balances balances() const;
    void report(const source& from, const faults& found);
    void report_retained_names();
    void report_progress(bool last);

    db::client& database_;
    import_options options_;
    std::ostream& out_;
    std::ostream& problems_;
    const db::repositories::import_repository rows_;
    const db::repositories::period_repository periods_;
    const db::repositories::transfer_batch_repository batches_;

    source accounts_;
    source transfers_;
    history_bounds bounds_;
    bool may_repeat_ = false; // transfers were imported before
    std::optional<timestamp> closed_before_;
    std::vector<db::repositories::charted_account> charted_;
    compared_accounts compared_;
    chart chart_;
    std::optional<std::pair<timestamp, timestamp>> span_; // of what is to be written, by time of record

    server::steady_clock::time_point started_;
    server::steady_clock::time_point reported_at_;
    std::int64_t rows_before_ = 0; // written by earlier runs
};

} // namespace bursar::handlers::imports
