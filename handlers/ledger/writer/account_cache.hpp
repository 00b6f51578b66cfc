// Accounts as this process last left them. What is decided on them is never wrong, only refused: the database moves a
// balance from where the entries take it to be, or not at all, and then the accounts are forgotten and read.
#pragma once

#include "handlers/ledger/writer/working_balances.hpp"

namespace bursar::handlers::transfers {

class account_cache {
public:
    explicit account_cache(std::size_t limit)
        : limit_(limit) {}

    // Those that are known, in the order asked for; the others go to `missing`.
    std::vector<account_state> find(const std::vector<row_key>& keys, std::vector<row_key>& missing) const;

    void keep(const std::vector<account_state>& accounts);
    void forget(const std::vector<row_key>& keys);
    void forget_all() { known_.clear(); }

private:
    std::size_t limit_; // accounts; beyond, it starts anew
    boost::unordered_flat_map<row_key, account_state, row_key_hash> known_;
};

} // namespace bursar::handlers::transfers
