#include "handlers/ledger.hpp"

namespace bursar::handlers {

using namespace std::chrono_literals;

ledger::ledger(server::asio::io_context& loop, db::client& database, prometheus::Registry& metrics, std::size_t batches)
    : writer_(loop, database, batch_rows_, metrics, {.batches = batches})
    , transfer_rules_(database, transfer_rows_, writer_)
    , expiry_(database, transfer_rows_, batch_rows_, writer_)
    , expiring_(loop, 1s, [this] { return expiry_.let_go(); })
    , transfers_{transfer_rules_} {}

void ledger::start(server::task_group& tasks) {
    tasks.spawn("expire_holds", expiring_.run());
}

void ledger::stop() noexcept {
    expiring_.stop();
}

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
