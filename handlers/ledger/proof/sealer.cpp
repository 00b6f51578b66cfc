#include "handlers/ledger/proof/sealer.hpp"

#include "db/checksum.hpp"
#include "db/repositories/ledger/index_walk.hpp"
#include "server/telemetry/log.hpp"

#include <prometheus/registry.h>

#include <algorithm>
#include <array>

namespace bursar::handlers::ledger_proof {

using namespace std::chrono_literals;
using db::repositories::begin_index_walk;
using db::repositories::cut;
using db::repositories::fact_class;
using db::repositories::unsealed;
using db::repositories::waiting_facts;
using server::deadline;
using server::steady_clock;

namespace {

constexpr std::int64_t organizations_at_once = 500;
// In one transaction.
constexpr std::size_t organizations_together = 50;
// Of a transaction, so that a long way to go is made good in steps.
constexpr int pages_at_once = 20;

deadline sealing_deadline() {
    return steady_clock::now() + 30s;
}

// On a connection of its own, as all that follows: no request waits behind it.
awaitable<result<std::vector<unsealed>>> find_unsealed(db::client& database, uuid after) {
    auto lease = co_await begin_index_walk(database, sealing_deadline());
    if (!lease)
        co_return lease.error();
    auto found = co_await db::repositories::read_unsealed(*lease, after, organizations_at_once, sealing_deadline());
    if (!found)
        co_return found.error();
    const auto done = co_await lease->commit(sealing_deadline());
    if (!done)
        co_return done.error();
    co_return found;
}

awaitable<result<std::vector<waiting_facts>>> find_waiting_facts(db::client& database) {
    auto lease = co_await begin_index_walk(database, sealing_deadline());
    if (!lease)
        co_return lease.error();
    auto found = co_await db::repositories::read_waiting_facts(*lease, sealing_deadline());
    if (!found)
        co_return found.error();
    const auto done = co_await lease->commit(sealing_deadline());
    if (!done)
        co_return done.error();
    co_return found;
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
          "Age of the oldest event or fact beyond the chains, when this process last looked; a seal interval or "
          "two.")) {}

awaitable<bool> sealer::seal_all() {
    if (steady_clock::now() < next_round_)
        co_return false;
    oldest_ = server::now();
    const auto sealed = co_await seal_each();
    if (!sealed)
        server::log_warning("ledger_seal_failed").with("error", sealed.error().detail);
    co_return false;
}

// A look costs by the number of organizations: with very many the rounds come less often, so that looking takes a tenth
// of the time at most.
awaitable<result<>> sealer::seal_each() {
    const auto transfers = co_await seal_transfers();
    next_round_ = steady_clock::now() + 9 * looking_;
    if (!transfers)
        co_return transfers.error();
    co_return co_await seal_facts();
}

awaitable<result<>> sealer::seal_transfers() {
    looking_ = {};
    uuid after;
    for (bool more = true; more && !stopped_;) {
        const auto begun = steady_clock::now();
        const auto found = co_await find_unsealed(database_, after);
        if (!found)
            co_return found.error();
        looking_ += steady_clock::now() - begun;
        organizations some;
        for (const auto& each : *found) {
            oldest_ = std::min(oldest_, each.since);
            after = each.org;
            some.push_back(each.org);
            if (some.size() == organizations_together)
                co_await seal(std::exchange(some, {}), chain::transfers);
        }
        if (!some.empty())
            co_await seal(std::move(some), chain::transfers);
        more = static_cast<std::int64_t>(found->size()) == organizations_at_once;
    }
    co_return result<>{};
}

awaitable<result<>> sealer::seal_facts() {
    const auto found = co_await find_waiting_facts(database_);
    if (!found)
        co_return found.error();
    for (const auto& each : *found)
        oldest_ = std::min(oldest_, each.since);
    lag_.Set(std::chrono::duration<double>(server::now() - oldest_).count());
    for (std::size_t i = 0; i < found->size() && !stopped_; i += organizations_together) {
        organizations some;
        for (std::size_t k = i; k < std::min(i + organizations_together, found->size()); ++k)
            some.push_back((*found)[k].org);
        co_await seal(std::move(some), chain::facts);
    }
    co_return result<>{};
}

// Together; when that fails, each by itself.
awaitable<> sealer::seal(organizations orgs, chain what) {
    while (!orgs.empty() && !stopped_) {
        auto rest = co_await seal_some(orgs, what);
        if (rest) {
            orgs = std::move(*rest);
            continue;
        }
        if (orgs.size() == 1) {
            server::log_warning("ledger_seal_failed").with("org", orgs[0]).with("error", rest.error().detail);
            co_return;
        }
        for (const auto& each : orgs)
            co_await seal(organizations(1, each), what);
        co_return;
    }
}

awaitable<result<sealer::organizations>> sealer::seal_some(const organizations& orgs, chain what) {
    auto lease = co_await begin_index_walk(database_, sealing_deadline());
    if (!lease)
        co_return lease.error();
    const auto ours = co_await db::repositories::lock_seals(*lease, sealing_deadline());
    if (!ours)
        co_return ours.error();
    if (!*ours)
        co_return organizations{};
    organizations rest;
    std::vector<sealed_chain> sealed;
    int pages = 0;
    for (const auto& org : orgs) {
        if (stopped_)
            break;
        if (pages >= pages_at_once) {
            rest.push_back(org);
            continue;
        }
        auto one = what == chain::transfers ? seal_cut(*lease, org, pages, sealed) : seal_waiting(*lease, org, sealed);
        const auto more = co_await std::move(one);
        if (!more)
            co_return more.error();
        if (*more)
            rest.push_back(org);
    }
    const auto done = co_await lease->commit(sealing_deadline());
    if (!done)
        co_return done.error();
    for (const auto& each : sealed)
        report(each, what);
    co_return rest;
}

awaitable<result<bool>> sealer::seal_cut(db::session& on, uuid org, int& pages, std::vector<sealed_chain>& out) {
    auto state = co_await db::repositories::read_seal(on, org, sealing_deadline());
    if (!state)
        co_return state.error();
    const auto before = state->head.number;
    bool more = true;
    for (; more && pages < pages_at_once; ++pages) {
        const auto page =
            co_await db::repositories::read_unsealed_transfers(on, org, *state, block_transfers, sealing_deadline());
        if (!page)
            co_return page.error();
        const auto added = co_await add_blocks(on, org, *page, *state);
        if (!added)
            co_return added.error();
        more = static_cast<std::int64_t>(page->size()) == block_transfers;
    }
    const auto head = state->head;
    const auto rest = more ? cut::goes_on : cut::is_done;
    const auto kept = co_await db::repositories::keep_seal(on, org, std::move(*state), rest, sealing_deadline());
    if (!kept)
        co_return kept.error();
    if (head.number > before)
        out.push_back({org, head.number, head.hash, head.number - before});
    co_return more;
}

awaitable<result<bool>> sealer::seal_waiting(db::session& on, uuid org, std::vector<sealed_chain>& out) {
    auto head = co_await db::repositories::read_fact_head(on, org, sealing_deadline());
    if (!head)
        co_return head.error();
    const auto before = head->number;
    bool more = false;
    static constexpr std::array kinds{fact_class::lasting, fact_class::passing};
    for (const auto kind : kinds) {
        const auto rest = co_await seal_waiting_facts(on, org, kind, *head, sealing_deadline());
        if (!rest)
            co_return rest.error();
        more = more || *rest;
    }
    if (head->number > before)
        out.push_back({org, head->number, head->hash, head->number - before});
    co_return more;
}

void sealer::report(const sealed_chain& sealed, chain what) {
    blocks_.Increment(static_cast<double>(sealed.blocks));
    last_block_.SetToCurrentTime();
    // Whoever keeps this line can prove everything up to it.
    server::log_info(what == chain::transfers ? "ledger_sealed" : "facts_sealed")
        .with("org", sealed.org)
        .with("block", sealed.number)
        .with("hash", sealed.hash);
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
        const auto done = co_await db::repositories::insert_block(on, block, std::move(ids), sealing_deadline());
        if (!done)
            co_return done.error();
        at.head = {block.number, block.hash};
    }
    co_return result<>{};
}

} // namespace bursar::handlers::ledger_proof
