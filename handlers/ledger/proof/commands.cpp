#include "handlers/ledger/proof/commands.hpp"

#include "db/repositories/identity/organizations.hpp"
#include "db/repositories/ledger/clusters.hpp"
#include "db/repositories/ledger/index_walk.hpp"
#include "handlers/ledger/proof/chain.hpp"
#include "handlers/ledger/proof/facts.hpp"
#include "handlers/ledger/proof/walk.hpp"

#include <ostream>

namespace bursar::handlers::ledger_proof {

using namespace std::chrono_literals;
using server::awaitable;
using server::result;
using server::uuid;

namespace {

constexpr std::uint64_t printed = 100;
constexpr std::int64_t transfers_at_once = 500;
constexpr std::int64_t fact_blocks_at_once = 10;

// Blocks up to the heads, those of transfers up to `archived` without content.
struct exported {
    chain_heads heads;
    std::int64_t archived = 0;
};

server::deadline verification_deadline() {
    return server::steady_clock::now() + 10min;
}

awaitable<result<>> expect_organization(db::session& on, uuid org) {
    const db::repositories::organization_repository organizations;
    const auto found = co_await organizations.find(on, org, verification_deadline());
    if (!found && found.error().code == server::errc::not_found)
        co_return server::error{server::errc::not_found, "no such organization"};
    if (!found)
        co_return found.error();
    co_return result<>{};
}

void print_summary(std::ostream& out, const walk_counts& counts, std::uint64_t found) {
    if (found > printed)
        out << found - printed << " more findings not printed\n";
    out << counts.accounts << " accounts, " << counts.transfers << " transfers, " << counts.entries << " entries, "
        << counts.blocks << " blocks";
    if (counts.archived_blocks > 0)
        out << " (" << counts.archived_blocks << " of them archived)";
    out << ", " << counts.facts << " facts in " << counts.fact_blocks << " blocks: ";
    if (found == 0)
        out << "sound\n";
    else
        out << found << " findings\n";
}

// No finding: the books are as sound as those that were dumped.
void print_cluster(std::ostream& out, const db::repositories::cluster_state& cluster) {
    if (!cluster.settled)
        out << "note: restored into another cluster, where the ledger goes on once a server has started\n";
    else if (cluster.restored > 0)
        out << "note: went on in another cluster " << cluster.restored << " times, the last at "
            << server::to_rfc3339(cluster.settled_at) << '\n';
}

// The next blocks behind the given one, up to the head, and the number of the last of them; the head's when there is
// none.
awaitable<result<std::int64_t>>
append_blocks(db::client& database, uuid org, std::int64_t after, exported what, std::string& text) {
    auto on = co_await db::repositories::begin_index_walk(database, verification_deadline());
    if (!on)
        co_return on.error();
    const auto blocks =
        co_await db::repositories::read_blocks(*on, org, after, org, transfers_at_once, verification_deadline());
    if (!blocks)
        co_return blocks.error();
    const auto done = co_await on->commit(verification_deadline());
    if (!done)
        co_return done.error();
    for (const auto& block : *blocks) {
        const auto& header = block.header;
        if (header.number > what.heads.transfers.number)
            break;
        append_block(text, header, header.number <= what.archived);
        if (header.number > what.archived)
            for (const auto& transfer : block.content)
                append_content(text, transfer);
    }
    co_return blocks->empty() ? what.heads.transfers.number : blocks->back().header.number;
}

// Likewise of facts; the content of those that passed may have gone in part.
awaitable<result<std::int64_t>>
append_fact_blocks(db::client& database, uuid org, std::int64_t after, std::int64_t head, std::string& text) {
    auto on = co_await db::repositories::begin_index_walk(database, verification_deadline());
    if (!on)
        co_return on.error();
    const auto blocks =
        co_await db::repositories::read_fact_blocks(*on, org, after, org, fact_blocks_at_once, verification_deadline());
    if (!blocks)
        co_return blocks.error();
    const auto done = co_await on->commit(verification_deadline());
    if (!done)
        co_return done.error();
    for (const auto& block : *blocks) {
        if (block.header.number > head)
            break;
        append_block(text, block.header, block.expired);
        if (!block.expired)
            for (const auto& each : block.content)
                append_fact(text, each);
    }
    co_return blocks->empty() ? head : blocks->back().header.number;
}

// Whoever takes the text may take its time: no transaction is open between two pieces.
awaitable<result<>> export_blocks(db::client& database, uuid org, exported what, std::ostream& out) {
    std::string text;
    for (std::int64_t number = 0; number < what.heads.transfers.number && out;) {
        const auto last = co_await append_blocks(database, org, number, what, text);
        if (!last)
            co_return last.error();
        out << std::exchange(text, {});
        number = *last;
    }
    for (std::int64_t number = 0; number < what.heads.facts.number && out;) {
        const auto last = co_await append_fact_blocks(database, org, number, what.heads.facts.number, text);
        if (!last)
            co_return last.error();
        out << std::exchange(text, {});
        number = *last;
    }
    append_heads(text, what.heads);
    out << text << std::flush;
    if (!out)
        co_return server::error{server::errc::internal, "the export cannot be written"};
    co_return result<>{};
}

} // namespace

awaitable<result<bool>>
verify(db::client& database, std::optional<uuid> org, std::vector<anchor> anchors, std::ostream& out) {
    // What is anchored may be all that is left of an organization.
    if (org && anchors.empty()) {
        const auto known = co_await expect_organization(database, *org);
        if (!known)
            co_return known.error();
    }
    walk_options options;
    options.org = org;
    walk through{options};
    std::uint64_t count = 0;
    findings found;
    const auto anchored = co_await check_anchors(database, std::move(anchors), org, found);
    if (!anchored)
        co_return anchored.error();
    for (bool going = true; going; found.clear()) {
        const auto more = co_await through.step(database, found, verification_deadline());
        if (!more)
            co_return more.error();
        for (const auto& each : found)
            if (count++ < printed)
                out << to_line(each) << '\n';
        going = *more;
    }
    const auto cluster = co_await db::repositories::read_cluster(database, verification_deadline());
    if (!cluster)
        co_return cluster.error();
    print_cluster(out, *cluster);
    print_summary(out, through.counts(), count);
    co_return count == 0;
}

awaitable<result<>> export_chain(db::client& database, uuid org, std::ostream& out) {
    const auto known = co_await expect_organization(database, org);
    if (!known)
        co_return known.error();
    const auto head = co_await db::repositories::read_chain_head(database, org, verification_deadline());
    if (!head)
        co_return head.error();
    const auto facts = co_await db::repositories::read_fact_head(database, org, verification_deadline());
    if (!facts)
        co_return facts.error();
    const auto kept = co_await db::repositories::read_first_kept(database, verification_deadline());
    if (!kept)
        co_return kept.error();
    const auto archived =
        co_await db::repositories::read_last_block_before(database, org, *kept, verification_deadline());
    if (!archived)
        co_return archived.error();
    // A variable: GCC 12 destroys a braced argument of a coroutine twice.
    const exported what{{*head, *facts}, *archived};
    co_return co_await export_blocks(database, org, what, out);
}

} // namespace bursar::handlers::ledger_proof
