#include "handlers/ledger/ledger.hpp"

namespace bursar::handlers {

using namespace std::chrono_literals;

ledger::ledger(
    server::asio::io_context& loop, server::thread_pool& pool, db::client& database, prometheus::Registry& metrics,
    std::size_t batches)
    : final_(loop, database, final_time_rows_)
    , asset_rules_(asset_rows_)
    , account_rules_(account_rows_, final_)
    , assets_{database, asset_rules_}
    , accounts_{database, account_rules_}
    , writer_(
          loop, database, batch_rows_, period_rows_, metrics,
          {.batches = batches, .make_partitions = [this]() -> server::awaitable<> { co_await partitions_.keep(); }})
    , conversions_(database, clearing_rows_, account_rows_)
    , transfer_rules_(database, transfer_rows_, batch_key_rows_, conversions_, writer_)
    , period_rules_(period_rows_)
    , expiry_(database, transfer_rows_, batch_rows_, writer_)
    , partitions_(database, metrics)
    , member_failures_(metrics)
    , transfers_{database, transfer_rules_, member_failures_}
    , statement_rules_(statement_rows_, final_)
    , statements_{database, pool, statement_rules_, exports_}
    , trial_balance_{database, trial_balance_rows_, final_}
    , periods_{database, period_rules_}
    , schedule_rules_(schedule_rows_, account_rows_)
    , schedules_{database, schedule_rules_}
    , runner_(database, schedule_rows_, writer_, metrics) {}

void ledger::add_jobs(server::background& to) {
    to.add({"keep_partitions", 1h, [this] { return partitions_.keep(); }});
    to.add({"keep_final_time", 1s, [this] { return final_.keep_recent(); }});
    to.add({"expire_holds", 1s, [this] { return expiry_.release(); }});
    to.add({"run_schedules", 1s, [this] { return runner_.run_due(); }});
}

std::vector<server::http::route> ledger::routes() const {
    std::vector<server::http::route> all;
    for (auto& part :
         {accounts::routes(accounts_), assets::routes(assets_), transfers::routes(transfers_),
          statements::routes(statements_), trial_balance::routes(trial_balance_), periods::routes(periods_),
          scheduled_transfers::routes(schedules_)})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

} // namespace bursar::handlers
