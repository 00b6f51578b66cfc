// What proving the ledger can find: one of its invariants broken, at one place.
#pragma once

#include "server/schema/enums.hpp"
#include "server/uuid.hpp"

#include <boost/describe/enum.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace bursar::handlers::ledger_proof {

enum class invariant : std::uint8_t {
    seq_gapless,       // an account's entries are 1, 2, 3 …
    recorded_in_order, // recorded_at never decreases in seq
    balance_chain,     // balance of n is that of n - 1 and its amount
    pending_chain,     // the pending sums likewise, each with what its side holds; never below zero
    account_row,       // an account stands where its last entry does
    limits_kept,       // floor and ceiling, after every transfer
    closed_at_zero,    // a closed account has no balance and no holds
    entry_transfer,    // an entry has its transfer, with the same times, which names the account
    entry_account,     // an entry has its account, and is in its currency
    entry_count,       // a transfer has two entries a leg, on the accounts it names
    legs_balanced,     // the two sides of a leg cancel, in one currency
    conversion_sound,  // a conversion goes from currency to currency by their clearing accounts, at its rate
    amount_matches,    // a transfer's amount is that of its legs
    holds_matched,     // only a pending transfer holds, only what settles it releases
    target_exists,     // what follows a transfer has it
    settled_once,      // a pending transfer is settled once, and its state says how
    hold_exceeded,     // no more is posted than was held; void and expiry post nothing
    hold_released,     // what settles releases exactly the hold
    reversal_exceeded, // no leg is reversed beyond what was posted
    reversal_recorded, // reversed and reversed_legs are the sums of the reversals
    currency_balanced, // all accounts of a currency sum up to zero
    chain_linked,      // blocks are numbered without gaps, each with the hash of the one before
    chain_content,     // a block's transfers and entries are those that were sealed
    chain_covers,      // every transfer is in a block or waits for one, once; and no block is missing at the end
    chain_anchored,    // blocks that were anchored outside are still there
    fact_recorded,     // a row is as its last fact says
    fact_kept,         // what a fact says is there has its row
    facts_linked,      // blocks of facts are numbered without gaps, each with the hash of the one before
    facts_content,     // a block's facts are those that were sealed, until their time is over
    facts_covered,     // every sealed fact is in a block that is there
};
BOOST_DESCRIBE_ENUM(
    invariant, seq_gapless, recorded_in_order, balance_chain, pending_chain, account_row, limits_kept, closed_at_zero,
    entry_transfer, entry_account, entry_count, legs_balanced, conversion_sound, amount_matches, holds_matched,
    target_exists, settled_once, hold_exceeded, hold_released, reversal_exceeded, reversal_recorded, currency_balanced,
    chain_linked, chain_content, chain_covers, chain_anchored, fact_recorded, fact_kept, facts_linked, facts_content,
    facts_covered)

inline std::string_view to_string(invariant broken) noexcept {
    return server::schema::enum_name(broken);
}

struct finding {
    invariant broken;
    server::uuid org;
    std::string where;
    std::string expected;
    std::string found;
};

// "balance_chain: organization …, account …, seq 5: expected 300, found 400"
std::string to_line(const finding& f);

using findings = std::vector<finding>;

} // namespace bursar::handlers::ledger_proof
