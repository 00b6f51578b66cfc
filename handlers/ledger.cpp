#include "handlers/ledger.hpp"

namespace bursar::handlers {

ledger::ledger(db::client& database)
    : asset_rules_(asset_rows_)
    , assets_{database, asset_rules_} {}

std::vector<server::http::route> ledger::routes() const {
    return assets::routes(assets_);
}

std::vector<const db::statement*> ledger::statements() const {
    return asset_rows_.statements();
}

} // namespace bursar::handlers
