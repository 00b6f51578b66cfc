// One walk through the whole ledger, or one organization of it, in slices: every account beside its entries, every
// transfer beside its entries and followers, every account that entries name, every block of the chain, every row of a
// proven table beside its facts. Each slice is one statement and so one snapshot, which shows the ledger between two
// commits. A snapshot for the whole walk would show no more (what lies behind a slice never changes, and nothing is
// compared across slices but sums, which have a statement of their own) and would keep PostgreSQL from cleaning up
// after balances that change thousands of times a second. So a walk raises no false alarm beside live traffic, and its
// memory is that of a slice. It takes a connection of its own for each, so that no request waits behind one.
#pragma once

#include "db/repositories/ledger/chain.hpp"
#include "handlers/ledger/proof/account_rules.hpp"
#include "handlers/ledger/proof/fact_walk.hpp"

#include <optional>
#include <string>

namespace bursar::handlers::ledger_proof {

using db::repositories::account_step;
using db::repositories::ledger_block;
using db::repositories::ledger_key;
using db::repositories::sealed_block;
using server::awaitable;
using server::deadline;
using server::result;

struct walk_options {
    // None: all, and also entries that belong to no account and no transfer.
    std::optional<uuid> org;
    // Rows of accounts with their entries, transfers (by themselves, or in blocks), and accounts that entries name, in
    // a slice.
    std::int64_t account_rows = 5000;
    std::int64_t transfers = 1000;
    std::int64_t named_accounts = 500;
    fact_slices facts;
    // What came after this is left to another walk. Without it, a walk that is slower than the writers never ends.
    std::optional<timestamp> newest;
};

struct walk_counts {
    std::uint64_t accounts = 0;
    std::uint64_t transfers = 0;
    std::uint64_t entries = 0;
    std::uint64_t blocks = 0;
    std::uint64_t archived_blocks = 0; // whose entries are archived, so that only their hashes were followed
    std::uint64_t facts = 0;           // rows held against theirs
    std::uint64_t fact_blocks = 0;
};

class walk {
public:
    explicit walk(const walk_options& options);

    // The next slice; what it finds is added to `out`. False when there was none left. A slice that failed is taken
    // again by the next call.
    awaitable<result<bool>> step(db::client& database, findings& out, deadline until);

    // The next slice looks at all of an organization at once: the sums of its balances, and whether its chains hold all
    // that is there. One statement each, which takes about a second for ten million transfers.
    bool sums_up() const noexcept { return at_.stage == stage::totals; }
    const walk_counts& counts() const noexcept { return at_.counts; }

private:
    enum class stage : std::uint8_t { start, accounts, transfers, named_accounts, blocks, facts, totals, done };

    // How far the walk has come.
    struct place {
        walk::stage stage = stage::start;
        ledger_key key; // the last one done
        // Within accounts: one that is not at its end.
        bool open = false;
        account_proof account;
        // Of the last block.
        std::int64_t number = 0;
        std::string hash;
        fact_walk facts;
        walk_counts counts;
    };

    awaitable<result<>> take_and_look_again(db::session& on, findings& out, deadline until);
    awaitable<result<>> take(db::session& on, findings& out, deadline until);
    awaitable<result<>> take_accounts(db::session& on, findings& out, deadline until);
    awaitable<result<>> take_transfers(db::session& on, findings& out, deadline until);
    awaitable<result<>> take_named_accounts(db::session& on, findings& out, deadline until);
    awaitable<result<>> take_blocks(db::session& on, findings& out, deadline until);
    awaitable<result<>> take_facts(db::session& on, findings& out, deadline until);
    awaitable<result<>> take_totals(db::session& on, findings& out, deadline until);
    awaitable<result<>> check_content(db::session& on, const sealed_block& sealed, findings& out, deadline until);
    awaitable<result<>> check_coverage(db::session& on, uuid org, findings& out, deadline until) const;
    awaitable<result<>> check_facts_covered(db::session& on, uuid org, findings& out, deadline until) const;
    awaitable<result<std::optional<uuid>>> next_organization(db::session& on, deadline until) const;

    void enter(stage next) noexcept;
    void add_step(const account_step& step, findings& out);
    void close_account(findings& out);
    void check_links(const ledger_block& block, findings& out) const;
    bool too_new(ledger_key key) const noexcept { return last_id_ < key.id; }
    void skip_organization(uuid org) noexcept;

    const walk_options options_;
    const uuid first_org_;
    const uuid last_org_;
    const uuid last_id_;
    timestamp first_kept_; // entries before it are archived
    place at_;
};

} // namespace bursar::handlers::ledger_proof
