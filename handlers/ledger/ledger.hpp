// The ledger put together: repositories, services and routes of what keeps the money. Outlives the routes; the client
// and the pool must outlive the ledger.
#pragma once

#include "db/partition_keeper.hpp"
#include "handlers/ledger/accounts/routes.hpp"
#include "handlers/ledger/assets/routes.hpp"
#include "handlers/ledger/final_time.hpp"
#include "handlers/ledger/periods/routes.hpp"
#include "handlers/ledger/scheduled_transfers/routes.hpp"
#include "handlers/ledger/scheduled_transfers/runner.hpp"
#include "handlers/ledger/statements/routes.hpp"
#include "handlers/ledger/transfers/routes.hpp"
#include "handlers/ledger/trial_balance/routes.hpp"
#include "handlers/ledger/writer/expiry.hpp"
#include "server/background.hpp"

#include <vector>

namespace bursar::handlers {

class ledger {
public:
    ledger(
        server::asio::io_context& loop, server::thread_pool& pool, db::client& database, prometheus::Registry& metrics,
        std::size_t batches);
    ledger(const ledger&) = delete;
    ledger& operator=(const ledger&) = delete;

    std::vector<server::http::route> routes() const;

    // What the ledger does by itself while the process serves: lets overdue holds go, runs schedules, makes partitions
    // ahead.
    void add_jobs(server::background& to);

private:
    const db::repositories::asset_repository asset_rows_;
    const db::repositories::account_repository account_rows_;
    const db::repositories::final_time_repository final_time_rows_;
    final_time final_;
    const assets::service asset_rules_;
    const accounts::service account_rules_;
    const assets::dependencies assets_;
    const accounts::dependencies accounts_;
    const db::repositories::transfer_repository transfer_rows_;
    const db::repositories::transfer_batch_repository batch_rows_;
    const db::repositories::period_repository period_rows_;
    transfers::batch_writer writer_;
    const db::repositories::batch_key_repository batch_key_rows_;
    const db::repositories::clearing_account_repository clearing_rows_;
    const transfers::conversions conversions_;
    const transfers::service transfer_rules_;
    const periods::service period_rules_;
    transfers::expiry expiry_;
    db::partition_keeper partitions_;
    const transfers::member_failures member_failures_;
    const transfers::dependencies transfers_;
    const db::repositories::account_statement_repository statement_rows_;
    const statements::service statement_rules_;
    export_seats exports_;
    const statements::dependencies statements_;
    const db::repositories::trial_balance_repository trial_balance_rows_;
    const trial_balance::dependencies trial_balance_;
    const periods::dependencies periods_;
    const db::repositories::scheduled_transfer_repository schedule_rows_;
    const scheduled_transfers::service schedule_rules_;
    const scheduled_transfers::dependencies schedules_;
    scheduled_transfers::runner runner_;
};

} // namespace bursar::handlers
