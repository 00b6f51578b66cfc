#include "handlers/ledger/writer/account_cache.hpp"

namespace bursar::handlers::transfers {

std::vector<account_state> account_cache::find(const std::vector<row_key>& keys, std::vector<row_key>& missing) const {
    std::vector<account_state> out;
    out.reserve(keys.size());
    for (const auto& key : keys) {
        if (const auto found = known_.find(key); found != known_.end())
            out.push_back(found->second);
        else
            missing.push_back(key);
    }
    return out;
}

void account_cache::keep(const std::vector<account_state>& accounts) {
    if (known_.size() + accounts.size() > limit_)
        known_.clear();
    for (const auto& account : accounts)
        known_.insert_or_assign(account.key, account);
}

void account_cache::forget(const std::vector<row_key>& keys) {
    for (const auto& key : keys)
        known_.erase(key);
}

} // namespace bursar::handlers::transfers
