#include "handlers/ledger/proof/settling.hpp"

#include "db/repositories/ledger/clusters.hpp"
#include "server/telemetry/log.hpp"

#include <prometheus/registry.h>

namespace bursar::handlers::ledger_proof {

using namespace std::chrono_literals;
using server::steady_clock;

settling::settling(db::client& database, prometheus::Registry& registry)
    : database_(database)
    , restored_(
          prometheus::BuildCounter()
              .Name("bursar_ledger_restored_total")
              .Help("How often this process found the ledger restored into another cluster, and let it go on there.")
              .Register(registry)
              .Add({})) {}

server::awaitable<bool> settling::step() {
    const auto moved = co_await db::repositories::settle_cluster(database_, steady_clock::now() + 10s);
    if (!moved) {
        if (!std::exchange(failed_, true))
            server::log_warning("ledger_cluster_unknown").with("error", moved.error().detail);
        co_return false;
    }
    if (*moved) {
        restored_.Increment();
        server::log_warning("ledger_restored_into_another_cluster");
    }
    co_return true;
}

} // namespace bursar::handlers::ledger_proof
