#include "handlers/ledger.hpp"

namespace bursar::handlers {

ledger::ledger(db::client& database)
    : asset_rules_(asset_rows_)
    , account_rules_(account_rows_)
    , assets_{database, asset_rules_}
    , accounts_{database, account_rules_} {}

std::vector<server::http::route> ledger::routes() const {
    std::vector<server::http::route> all;
    for (auto& part : {accounts::routes(accounts_), assets::routes(assets_)})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

std::vector<const db::statement*> ledger::statements() const {
    std::vector<const db::statement*> all;
    for (const auto& part : {account_rows_.statements(), asset_rows_.statements()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

} // namespace bursar::handlers
