#include "handlers/ledger/proof/prover.hpp"

#include "db/repositories/ledger/clusters.hpp"
#include "server/telemetry/log.hpp"

#include <prometheus/registry.h>

namespace bursar::handlers::ledger_proof {

using namespace std::chrono_literals;
using server::steady_clock;

namespace {

// Lines a slice at most; all are counted.
constexpr std::size_t logged_of_a_slice = 100;

// A few milliseconds each.
walk_options small_slices() {
    walk_options options;
    options.account_rows = 400;
    options.transfers = 100;
    options.named_accounts = 50;
    options.facts = {.pages = 4, .facts = 200, .blocks = 2};
    options.newest = server::now();
    return options;
}

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

} // namespace

prover::prover(db::client& database, prometheus::Registry& registry)
    : database_(database)
    , through_(std::make_unique<walk>(small_slices()))
    , accounts_(counter(registry, "bursar_ledger_proven_accounts_total", "Accounts proved against their entries."))
    , transfers_(counter(registry, "bursar_ledger_proven_transfers_total", "Transfers proved against their entries."))
    , entries_(counter(registry, "bursar_ledger_proven_entries_total", "Entries proved against those before them."))
    , findings_(prometheus::BuildCounter()
                    .Name("bursar_ledger_findings_total")
                    .Help("Breaches of the ledger's invariants found, those of earlier passes again. Any is an alarm.")
                    .Register(registry))
    , last_pass_(prometheus::BuildGauge()
                     .Name("bursar_ledger_prover_last_pass_timestamp_seconds")
                     .Help("When the whole ledger was last proved through.")
                     .Register(registry)
                     .Add({}))
    , elsewhere_(
          prometheus::BuildGauge()
              .Name("bursar_ledger_in_another_cluster")
              .Help("1 when the last pass found the ledger restored into another cluster and not going on there.")
              .Register(registry)
              .Add({})) {
    // All from zero, so that the first finding is an increase.
    for (const auto name : server::schema::enumerators<invariant>::names)
        findings_.Add({{"invariant", std::string{name}}});
}

awaitable<bool> prover::step() {
    const auto before = through_->counts();
    findings found;
    const auto patience = through_->sums_up() ? 60s : 10s;
    const auto more = co_await through_->step(database_, found, steady_clock::now() + patience);
    count(before, through_->counts());
    report(found);
    if (!more) {
        server::log_warning("ledger_prover_failed").with("error", more.error().detail);
    } else if (!*more) {
        last_pass_.SetToCurrentTime();
        co_await look_at_cluster();
        through_ = std::make_unique<walk>(small_slices());
    }
    co_return false;
}

awaitable<> prover::look_at_cluster() {
    const auto cluster = co_await db::repositories::read_cluster(database_, steady_clock::now() + 10s);
    if (!cluster)
        co_return;
    elsewhere_.Set(cluster->settled ? 0 : 1);
    if (!cluster->settled)
        server::log_error("ledger_in_another_cluster");
}

void prover::count(const walk_counts& before, const walk_counts& after) {
    accounts_.Increment(static_cast<double>(after.accounts - before.accounts));
    transfers_.Increment(static_cast<double>(after.transfers - before.transfers));
    entries_.Increment(static_cast<double>(after.entries - before.entries));
}

void prover::report(const findings& found) {
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto& f = found[i];
        const auto name = to_string(f.broken);
        findings_.Add({{"invariant", std::string{name}}}).Increment();
        if (i < logged_of_a_slice)
            server::log_error("ledger_finding")
                .with("invariant", name)
                .with("org", f.org)
                .with("where", f.where)
                .with("expected", f.expected)
                .with("found", f.found);
    }
}

} // namespace bursar::handlers::ledger_proof
