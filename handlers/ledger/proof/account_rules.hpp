// The rules of one account's entries, taken one after the other. Pure: what is read, and in which slices, is the walk's
// business.
#pragma once

#include "db/repositories/ledger/proof.hpp"
#include "handlers/ledger/proof/finding.hpp"

namespace bursar::handlers::ledger_proof {

using db::repositories::account_position;
using db::repositories::proof_account;
using db::repositories::proof_entry;
using server::timestamp;
using server::uuid;

// An account on the way through its entries. After a mistake it goes on from what the entry says, so that one wrong
// entry is one finding.
class account_proof {
public:
    // A new account, or the same with its row read again.
    void at(const proof_account& account);
    void take(const proof_entry& entry, findings& out);
    // After the last entry that is to be looked at.
    void finish(findings& out) const;

    const proof_account& account() const noexcept { return account_; }
    const account_position& reached() const noexcept { return reached_; }

private:
    void check_order(const proof_entry& entry, findings& out);
    void check_sums(const proof_entry& entry, findings& out) const;
    void check_transfer(const proof_entry& entry, findings& out) const;
    void check_limits(findings& out) const;
    finding about(invariant broken, std::int64_t seq, std::string expected, std::string found) const;

    proof_account account_;
    account_position reached_;
    uuid transfer_; // whose entry was the last
    bool in_sequence_ = true;
};

} // namespace bursar::handlers::ledger_proof
