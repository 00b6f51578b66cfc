#include "handlers/ledger.hpp"

namespace bursar::handlers {

ledger::ledger(server::asio::io_context& loop, db::client& database, prometheus::Registry& metrics)
    : writer_(loop, database, batch_rows_, metrics)
    , transfer_rules_(database, transfer_rows_, writer_)
    , transfers_{transfer_rules_} {}

std::vector<server::http::route> ledger::routes() const {
    return transfers::routes(transfers_);
}

std::vector<const db::statement*> ledger::statements() const {
    auto all = transfer_rows_.statements();
    for (const auto& part : {batch_rows_.statements()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

} // namespace bursar::handlers
