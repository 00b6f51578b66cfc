#include "handlers/ledger.hpp"

namespace bursar::handlers {

ledger::ledger(db::client& database)
    : database_(database) {}

std::vector<server::http::route> ledger::routes() const {
    return {};
}

std::vector<const db::statement*> ledger::statements() const {
    return {};
}

} // namespace bursar::handlers
