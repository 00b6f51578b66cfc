#include "handlers/ledger_proof/commands.hpp"

#include "db/repositories/api_keys.hpp"
#include "handlers/ledger_proof/chain.hpp"
#include "handlers/ledger_proof/walk.hpp"

#include <ostream>

namespace bursar::handlers::ledger_proof {

using namespace std::chrono_literals;
using server::awaitable;
using server::result;
using server::uuid;

namespace {

constexpr std::uint64_t printed = 100;

server::deadline soon() {
    return server::steady_clock::now() + 10min;
}

awaitable<result<>> expect_organization(db::session& on, uuid org) {
    const auto found = co_await db::repositories::organization_exists(on, org, soon());
    if (!found)
        co_return found.error();
    if (!*found)
        co_return server::error{server::errc::not_found, "no such organization"};
    co_return result<>{};
}

void print_summary(std::ostream& out, const walk_counts& counts, std::uint64_t found) {
    if (found > printed)
        out << found - printed << " more findings not printed\n";
    out << counts.accounts << " accounts, " << counts.transfers << " transfers, " << counts.entries << " entries, "
        << counts.blocks << " blocks";
    if (counts.archived_blocks > 0)
        out << " (" << counts.archived_blocks << " of them archived)";
    out << ": ";
    if (found == 0)
        out << "sound\n";
    else
        out << found << " findings\n";
}

} // namespace

awaitable<result<bool>> verify(db::session& on, std::optional<uuid> org, std::ostream& out) {
    if (org) {
        const auto known = co_await expect_organization(on, *org);
        if (!known)
            co_return known.error();
    }
    walk_options options;
    options.org = org;
    walk through{options};
    std::uint64_t count = 0;
    for (bool going = true; going;) {
        findings found;
        const auto more = co_await through.step(on, found, soon());
        if (!more)
            co_return more.error();
        for (const auto& each : found)
            if (count++ < printed)
                out << to_line(each) << '\n';
        going = *more;
    }
    print_summary(out, through.counts(), count);
    co_return count == 0;
}

awaitable<result<>> export_chain(db::session& on, uuid org, std::ostream& out) {
    const auto known = co_await expect_organization(on, org);
    if (!known)
        co_return known.error();
    const auto head = co_await db::repositories::read_chain_head(on, org, soon());
    if (!head)
        co_return head.error();
    const auto kept = co_await db::repositories::read_first_kept(on, soon());
    if (!kept)
        co_return kept.error();
    const auto archived = co_await db::repositories::read_last_block_before(on, org, *kept, soon());
    if (!archived)
        co_return archived.error();
    std::string text;
    for (std::int64_t number = 0; number < head->number && out;) {
        const auto block = co_await db::repositories::read_next_block(on, org, number, org, soon());
        if (!block)
            co_return block.error();
        if (!*block)
            break;
        number = (*block)->number;
        text.clear();
        append_block(text, **block, number <= *archived);
        if (number > *archived) {
            const auto content = co_await db::repositories::read_block_content(on, org, number, soon());
            if (!content)
                co_return content.error();
            for (const auto& transfer : *content)
                append_content(text, transfer);
        }
        out << text;
    }
    text.clear();
    append_head(text, head->number, head->hash);
    out << text << std::flush;
    if (!out)
        co_return server::error{server::errc::internal, "the export cannot be written"};
    co_return result<>{};
}

} // namespace bursar::handlers::ledger_proof
