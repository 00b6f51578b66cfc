// What happened on one account: where it stood at the two ends of a range, and the entries in between that moved its
// balance, each with its transfer and the account on the other side. By the time of record. Amounts are in the
// account's normal direction. Confined to one organization. Failures are those of db::session; an account that is not
// there is errc::not_found. Holds the statements: outlives every call.
//
// Entries never change, so what lies between two of them never does either: pages read one after the other belong
// together without a transaction around them.
#pragma once

#include "db/repositories/ledger/accounts.hpp"
#include "db/repositories/page.hpp"
#include "db/session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

// A place among the entries of an account, which are in the order of (at, seq).
struct entry_place {
    timestamp at;
    std::int64_t seq = 0; // 0: in front of all that was recorded at that time
};

// In front of and behind every entry.
inline constexpr entry_place first_place{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}, 0};
inline constexpr entry_place last_place{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31}, 0};

// Where an account stands behind one of its entries.
struct statement_balance {
    std::int64_t posted = 0;
    std::int64_t seq = 0; // of that entry; 0: no entry yet
};

struct statement_account {
    uuid id;
    std::string name;
    std::optional<std::string> code;
    account_type type = account_type::asset;
    std::string currency;
};

struct account_range {
    statement_account account;
    bool credit_normal = false;
    std::string organization;
    std::optional<std::int16_t> asset_exponent; // of a currency that is an asset of the organization
    timestamp begins;                           // the account was made, or had its first entry that is still here
    statement_balance opening;
    statement_balance closing;
    std::optional<entry_place> last; // the last entry up to the end of the range; nullopt: none
    timestamp to;                    // the end of the range, or the newest final time before it
    bool archived = false;           // entries that are needed are no longer here, and the balances mean nothing
};

struct statement_counterparty {
    uuid id;
    std::string name;
    std::optional<std::string> code;
};

struct statement_line {
    std::int64_t seq = 0;
    uuid transfer_id;
    timestamp recorded_at;
    timestamp effective_at;
    std::optional<std::string> description;
    std::optional<std::string> external_reference;
    std::optional<statement_counterparty> counterparty;
    std::int64_t amount = 0; // positive: in
    std::int64_t balance = 0;
};

// Lines of a page at most.
inline constexpr int statement_page_lines = 1000;

class account_statement_repository {
public:
    account_statement_repository();

    // The account, and where it stood in front of `from` (nullopt: of its first entry) and behind the last entry up to
    // `through`; all from one snapshot. What is not final yet is left out: the range ends before it.
    awaitable<result<account_range>>
    find(session& on, uuid org, uuid account, std::optional<timestamp> from, entry_place through, deadline until) const;

    // Oldest first, those behind `after` and up to `through`; at most statement_page_lines.
    awaitable<result<page<statement_line>>> lines(
        session& on, uuid org, const account_range& of, entry_place after, entry_place through, int limit,
        deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const { return {&find_, &lines_}; }

private:
    const statement find_;
    const statement lines_;
};

} // namespace bursar::db::repositories
