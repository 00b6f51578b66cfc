// A file of past transfers as instructions, and the rules under which they are recorded: in the order of the file,
// which is that of recorded_at; each checked against the balances that the ones before it left; only for accounts that
// have no later entries. Pure.
#pragma once

#include "handlers/ledger/imports/table.hpp"
#include "handlers/ledger/writer/working_balances.hpp"

#include <unordered_map>

namespace bursar::handlers::imports {

using server::timestamp;
using server::uuid;
using transfers::instruction;
using transfers::working_balances;

// Ids of accounts by their codes.
using chart = std::unordered_map<std::string, uuid>;

// One row of the file.
struct past_transfer {
    std::int64_t line = 0;
    timestamp recorded_at; // as the file says
    instruction what;
    uuid spelling; // of the row to the letter: a hash that an earlier import may have kept for it
};

class history_file {
public:
    // The text and the chart must outlive the reader.
    history_file(std::string_view text, uuid org, const chart& accounts, faults& found);

    void go_to(std::int64_t position, std::int64_t line) { rows_.go_to(position, line); }

    // The next rows, at most `most`; rows at fault are passed over. Empty at the end.
    std::vector<past_transfer> next(std::size_t most, faults& found);

    // Behind the rows.
    std::int64_t position() const noexcept { return rows_.position(); }
    std::int64_t next_line() const noexcept { return rows_.next_line(); }

private:
    std::optional<past_transfer> read(faults& found);

    table rows_;
    uuid org_;
    const chart& accounts_;
    timestamp last_ = timestamp::min(); // of the row before
};

// What holds for a whole import.
struct history_bounds {
    timestamp now;                            // nothing is of the future
    std::optional<timestamp> archived_before; // nothing is recorded before it
};

// Records rows one after another.
class history {
public:
    // Behind what an earlier run recorded last.
    history(history_bounds bounds, std::optional<timestamp> last)
        : bounds_(bounds)
        , last_(last.value_or(timestamp::min())) {}

    // Changes the balances and fills `out`, or changes nothing and says why not. Recorded a microsecond behind the row
    // before when the file gives both the same time, because ids order by it.
    std::optional<std::string> record(const past_transfer& row, working_balances& balances, transfers::applied& out);

    std::optional<timestamp> last() const { return last_ == timestamp::min() ? std::nullopt : std::optional{last_}; }

private:
    std::optional<std::string> too_early(const past_transfer& row, const working_balances& balances) const;

    history_bounds bounds_;
    timestamp last_;
};

} // namespace bursar::handlers::imports
