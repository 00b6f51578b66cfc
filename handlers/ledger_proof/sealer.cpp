#include "handlers/ledger_proof/sealer.hpp"

#include "db/checksum.hpp"
#include "server/telemetry/log.hpp"

#include <prometheus/registry.h>

#include <algorithm>

namespace bursar::handlers::ledger_proof {

using namespace std::chrono_literals;
using db::repositories::unsealed;
using server::deadline;
using server::steady_clock;

namespace {

constexpr std::int64_t organizations_at_once = 500;

deadline soon() {
    return steady_clock::now() + 30s;
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

} // namespace

sealer::sealer(db::client& database, prometheus::Registry& registry)
    : database_(database)
    , blocks_(prometheus::BuildCounter()
                  .Name("bursar_ledger_blocks_sealed_total")
                  .Help("Blocks that this process added to chains.")
                  .Register(registry)
                  .Add({}))
    , last_block_(gauge(
          registry, "bursar_ledger_last_block_timestamp_seconds", "When this process last added a block to a chain."))
    , lag_(gauge(
          registry, "bursar_ledger_seal_lag_seconds",
          "Age of the oldest event beyond the chains, when this process last looked; some seal intervals at most.")) {}

awaitable<bool> sealer::seal_all() {
    const auto sealed = co_await seal_each();
    if (!sealed)
        server::log_warning("ledger_seal_failed").with("error", sealed.error().detail);
    co_return false;
}

awaitable<result<>> sealer::seal_each() {
    uuid after;
    auto oldest = server::now();
    for (bool more = true; more && !stopped_;) {
        const auto found = co_await find_unsealed(after);
        if (!found)
            co_return found.error();
        for (const auto& each : *found)
            oldest = std::min(oldest, each.since);
        lag_.Set(std::chrono::duration<double>(server::now() - oldest).count());
        for (const auto& each : *found) {
            const auto sealed = co_await seal(each.org);
            if (!sealed)
                co_return sealed.error();
            after = each.org;
        }
        more = static_cast<std::int64_t>(found->size()) == organizations_at_once;
    }
    co_return result<>{};
}

// On a connection of its own, so that no request waits behind it.
awaitable<result<std::vector<unsealed>>> sealer::find_unsealed(uuid after) {
    auto lease = co_await database_.begin(soon());
    if (!lease)
        co_return lease.error();
    auto found = co_await db::repositories::read_unsealed(*lease, after, organizations_at_once, soon());
    if (!found)
        co_return found.error();
    const auto done = co_await lease->commit(soon());
    if (!done)
        co_return done.error();
    co_return found;
}

awaitable<result<>> sealer::seal(uuid org) {
    auto lease = co_await database_.begin(soon());
    if (!lease)
        co_return lease.error();
    const auto end = co_await db::repositories::open_chain(*lease, org, soon());
    if (!end)
        co_return end.error();
    if (!end->ours)
        co_return result<>{};
    progress at{end->head.number, end->head.hash.empty() ? no_hash() : end->head.hash, 0};
    for (db::repositories::feed_position after;;) {
        const auto page = co_await db::repositories::read_unsealed_transfers(
            *lease, org, end->sealed, after, block_transfers, soon());
        if (!page)
            co_return page.error();
        if (page->empty())
            break;
        const auto added = co_await add_blocks(*lease, org, *page, at);
        if (!added)
            co_return added.error();
        after = page->back().at;
        if (stopped_)
            co_return result<>{};
    }
    const auto closed = co_await db::repositories::close_chain(*lease, org, soon());
    if (!closed)
        co_return closed.error();
    if (at.made > 0) {
        blocks_.Increment(static_cast<double>(at.made));
        last_block_.SetToCurrentTime();
        // Whoever keeps this line can prove everything up to it.
        server::log_info("ledger_sealed").with("org", org).with("block", at.number).with("hash", at.hash);
    }
    co_return result<>{};
}

awaitable<result<>> sealer::add_blocks(db::session& on, uuid org, const unsealed_transfers& all, progress& at) {
    for (std::size_t next = 0; next < all.size();) {
        std::vector<uuid> ids;
        std::string content;
        ledger_block block;
        block.first_recorded_at = server::timestamp::max();
        for (std::size_t entries = 0; next < all.size() && entries < block_entries; ++next) {
            const auto& [place, id, row] = all[next];
            if (!row) {
                server::log_error("ledger_event_without_transfer").with("org", org).with("transfer", id);
                continue;
            }
            ids.push_back(id);
            append_content(content, *row);
            entries += row->entries.size();
            block.entries += static_cast<std::int32_t>(row->entries.size());
            block.first_recorded_at = std::min(block.first_recorded_at, row->recorded_at);
        }
        if (ids.empty())
            continue;
        block.org = org;
        block.number = at.number + 1;
        block.transfers = static_cast<std::int32_t>(ids.size());
        block.sealed_at = server::now();
        block.previous_hash = at.hash;
        block.content_hash = db::sha256_hex(content);
        block.hash = hash_of(block);
        const auto done = co_await db::repositories::insert_block(on, block, std::move(ids), soon());
        if (!done)
            co_return done.error();
        at = {block.number, block.hash, at.made + 1};
    }
    co_return result<>{};
}

} // namespace bursar::handlers::ledger_proof
