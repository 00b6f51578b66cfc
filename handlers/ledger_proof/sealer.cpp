#include "handlers/ledger_proof/sealer.hpp"

#include "db/checksum.hpp"
#include "db/repositories/index_walk.hpp"
#include "server/telemetry/log.hpp"

#include <prometheus/registry.h>

#include <algorithm>

namespace bursar::handlers::ledger_proof {

using namespace std::chrono_literals;
using db::repositories::begin_index_walk;
using db::repositories::cut;
using db::repositories::unsealed;
using server::deadline;
using server::steady_clock;

namespace {

constexpr std::int64_t organizations_at_once = 500;
// Of a transaction, so that a long way to go is made good in steps.
constexpr int pages_at_once = 20;

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

// On a connection of its own, as all that follows: no request waits behind it.
awaitable<result<std::vector<unsealed>>> sealer::find_unsealed(uuid after) {
    auto lease = co_await begin_index_walk(database_, soon());
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
    while (!stopped_) {
        const auto more = co_await seal_some(org);
        if (!more)
            co_return more.error();
        if (!*more)
            break;
    }
    co_return result<>{};
}

awaitable<result<bool>> sealer::seal_some(uuid org) {
    auto lease = co_await begin_index_walk(database_, soon());
    if (!lease)
        co_return lease.error();
    const auto ours = co_await db::repositories::lock_seals(*lease, soon());
    if (!ours)
        co_return ours.error();
    if (!*ours)
        co_return false;
    auto state = co_await db::repositories::read_seal(*lease, org, soon());
    if (!state)
        co_return state.error();
    const auto before = state->head.number;
    bool more = true;
    for (int pages = 0; more && pages < pages_at_once && !stopped_; ++pages) {
        const auto page =
            co_await db::repositories::read_unsealed_transfers(*lease, org, *state, block_transfers, soon());
        if (!page)
            co_return page.error();
        const auto added = co_await add_blocks(*lease, org, *page, *state);
        if (!added)
            co_return added.error();
        more = static_cast<std::int64_t>(page->size()) == block_transfers;
    }
    const auto head = state->head;
    const auto rest = more ? cut::goes_on : cut::is_done;
    const auto done = co_await db::repositories::commit_seal(*lease, org, std::move(*state), rest, soon());
    if (!done)
        co_return done.error();
    if (head.number > before)
        tell(org, head, head.number - before);
    co_return more;
}

void sealer::tell(uuid org, const db::repositories::chain_head& head, std::int64_t blocks) {
    blocks_.Increment(static_cast<double>(blocks));
    last_block_.SetToCurrentTime();
    // Whoever keeps this line can prove everything up to it.
    server::log_info("ledger_sealed").with("org", org).with("block", head.number).with("hash", head.hash);
}

awaitable<result<>> sealer::add_blocks(db::session& on, uuid org, const unsealed_transfers& all, seal_state& at) {
    for (std::size_t next = 0; next < all.size();) {
        std::vector<uuid> ids;
        std::string content;
        ledger_block block;
        block.first_recorded_at = server::timestamp::max();
        for (std::size_t entries = 0; next < all.size() && entries < block_entries; ++next) {
            const auto& [place, id, row] = all[next];
            at.reached = place;
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
        block.number = at.head.number + 1;
        block.transfers = static_cast<std::int32_t>(ids.size());
        block.sealed_at = server::now();
        block.previous_hash = at.head.hash.empty() ? no_hash() : at.head.hash;
        block.content_hash = db::sha256_hex(content);
        block.hash = hash_of(block);
        const auto done = co_await db::repositories::insert_block(on, block, std::move(ids), soon());
        if (!done)
            co_return done.error();
        at.head = {block.number, block.hash};
    }
    co_return result<>{};
}

} // namespace bursar::handlers::ledger_proof
