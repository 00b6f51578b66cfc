// The accounts of a batch while it is decided: each instruction is checked against the balances that the ones before it
// left, and applied whole or not at all. Pure: no I/O, the clock is given.
#pragma once

#include "db/repositories/ledger/transfer_batches.hpp"
#include "handlers/ledger/writer/instruction.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

namespace bursar::handlers::transfers {

using db::repositories::account_locks;
using db::repositories::account_state;
using db::repositories::batch_facts;
using db::repositories::new_entry_row;
using db::repositories::row_key;
using db::repositories::target_state;
using server::result;

// Sums and balances stay below this, so that they are exact in every JSON reader (2^53 - 1, RFC 8259 section 6).
inline constexpr std::int64_t largest_amount = 9007199254740991;

struct row_key_hash {
    std::size_t operator()(const row_key& key) const noexcept { return server::uuid_hash{}(key.id); }
};

// What one instruction became.
struct applied {
    uuid id;
    transfer_state state = transfer_state::posted;
    timestamp recorded_at;
    timestamp effective_at;
    std::int64_t amount = 0;             // of all legs
    std::vector<new_entry_row> entries;  // in the order of the legs
    std::vector<std::string> currencies; // of each leg
};

class working_balances {
public:
    // `locks`: how a batch that others run beside got the accounts. Of history, whose times are given, there are none.
    working_balances(
        std::vector<account_state> accounts, std::vector<target_state> targets,
        std::optional<account_locks> locks = {});

    // The first instant of an organization's books that is not closed.
    void close_before(const uuid& org, timestamp instant) { closed_before_[org] = instant; }

    // Applies the instruction, or changes nothing and says why not: not_found, currency_mismatch, account_not_open,
    // insufficient_funds, limit_exceeded, balance_out_of_range, invalid_state, amount_exceeded, period_closed, or
    // validation_failed for a hold that would be overdue at once. The limits hold after each leg, in their order; in
    // a reversal from the last leg to the first. The transfer is recorded at `now`, or just behind whatever its
    // accounts have seen: a clock that was set back does not reorder an account. In even microseconds with locks, in
    // odd ones without: the entry that one batch writes while it holds an account is then never that which another has
    // written already and now waits for the account, or each would wait for the other. dependency_unavailable where
    // that is further ahead than clocks may be apart: a time that a wrong clock left on one account is not handed on to
    // others.
    result<applied> apply(const instruction& what, timestamp now);

    // For a group that is applied whole or not at all: what to go back to.
    struct mark {
        std::size_t changes;
    };
    mark here() const noexcept { return {undo_.size()}; }
    void back_to(mark at);
    // Nothing done so far will be taken back.
    void settle() noexcept { undo_.clear(); }

    const std::vector<account_state>& accounts() const noexcept { return accounts_; }
    const account_state& account(const row_key& key) const { return accounts_[account_index_.at(key)]; }

    std::vector<target_state> changed_targets() const;

private:
    struct target_entry {
        target_state now;
        bool changed = false;
    };
    struct account_numbers {
        std::int64_t seq, balance, pending_debits, pending_credits;
        timestamp last_recorded_at;
    };
    struct earlier_account {
        std::size_t index;
        account_numbers numbers;
    };
    struct earlier_target {
        std::size_t index;
        target_entry whole;
    };
    using change = std::variant<earlier_account, earlier_target>;

    result<> apply_legs(const instruction& what, applied& out);
    result<> enter(const instruction& what, std::size_t leg, bool debit, applied& out);
    result<std::size_t> find_account(const instruction& what, std::size_t leg, bool debit) const;
    result<> check_target(const instruction& what, timestamp now) const;
    void settle_target(const instruction& what, const applied& done);
    timestamp record_time(const instruction& what, timestamp now) const;

    std::optional<account_locks> locks_;
    std::vector<account_state> accounts_;
    std::vector<target_entry> targets_;
    boost::unordered_flat_map<row_key, std::size_t, row_key_hash> account_index_;
    boost::unordered_flat_map<row_key, std::size_t, row_key_hash> target_index_;
    boost::unordered_flat_map<uuid, timestamp, server::uuid_hash> closed_before_;
    std::vector<change> undo_;
    timestamp last_recorded_at_;
};

} // namespace bursar::handlers::transfers
