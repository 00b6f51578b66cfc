#include "handlers/ledger/proof/walk.hpp"

#include "db/checksum.hpp"
#include "db/repositories/ledger/index_walk.hpp"
#include "handlers/ledger/proof/chain.hpp"
#include "handlers/ledger/proof/transfer_rules.hpp"

#include <limits>

namespace bursar::handlers::ledger_proof {

namespace {

uuid filled(std::uint8_t with) noexcept {
    uuid out;
    out.bytes.fill(with);
    return out;
}

// The lowest or highest version 7 id of a time: 48 bits of milliseconds come first.
uuid id_at(timestamp time, std::uint8_t rest) noexcept {
    auto milliseconds = std::max<std::int64_t>(time.time_since_epoch().count() / 1000, 0);
    auto out = filled(rest);
    for (std::size_t i = 6; i-- > 0; milliseconds >>= 8)
        out.bytes[i] = static_cast<std::uint8_t>(milliseconds & 0xff);
    return out;
}

} // namespace

walk::walk(const walk_options& options)
    : options_(options)
    , first_org_(options.org.value_or(uuid{}))
    , last_org_(options.org.value_or(filled(0xff)))
    , last_id_(options.newest ? id_at(*options.newest, 0xff) : filled(0xff))
    , at_{stage::start, {}, false, {}, 0, {}, fact_walk{first_org_, last_org_, options.facts}, {}} {}

awaitable<result<bool>> walk::step(db::client& database, findings& out, deadline until) {
    // The sums are over everything, and not for walking.
    auto lease = sums_up() ? database.begin(until) : db::repositories::begin_index_walk(database, until);
    auto on = co_await std::move(lease);
    if (!on)
        co_return on.error();
    if (at_.stage == stage::facts)
        db::repositories::pin_texts(*on);
    const auto before = at_;
    findings found;
    const auto taken = co_await take_and_look_again(*on, found, until);
    if (!taken) {
        at_ = before;
        co_return taken.error();
    }
    out.insert(out.end(), found.begin(), found.end());
    const auto done = co_await on->commit(until);
    if (!done)
        co_return done.error();
    co_return at_.stage != stage::done;
}

// What is missing may have been archived since we asked what is kept.
awaitable<result<>> walk::take_and_look_again(db::session& on, findings& out, deadline until) {
    const auto before = at_;
    const auto taken = co_await take(on, out, until);
    if (!taken || out.empty())
        co_return taken;
    const auto kept = co_await db::repositories::read_first_kept(on, until);
    if (!kept)
        co_return kept.error();
    if (*kept == first_kept_)
        co_return result<>{};
    first_kept_ = *kept;
    at_ = before;
    out.clear();
    co_return co_await take(on, out, until);
}

awaitable<result<>> walk::take(db::session& on, findings& out, deadline until) {
    switch (at_.stage) {
    case stage::start: {
        const auto kept = co_await db::repositories::read_first_kept(on, until);
        if (!kept)
            co_return kept.error();
        first_kept_ = *kept;
        enter(stage::accounts);
        break;
    }
    case stage::accounts: co_return co_await take_accounts(on, out, until);
    case stage::transfers: co_return co_await take_transfers(on, out, until);
    case stage::named_accounts: co_return co_await take_named_accounts(on, out, until);
    case stage::blocks: co_return co_await take_blocks(on, out, until);
    case stage::facts: co_return co_await take_facts(on, out, until);
    case stage::totals: co_return co_await take_totals(on, out, until);
    case stage::done: break;
    }
    co_return result<>{};
}

void walk::enter(stage next) noexcept {
    at_.stage = next;
    at_.key = {first_org_, {}};
    at_.number = 0;
    at_.hash.clear();
}

void walk::skip_organization(uuid org) noexcept {
    at_.key = {org, filled(0xff)};
}

awaitable<result<>> walk::take_accounts(db::session& on, findings& out, deadline until) {
    db::repositories::account_cursor after{at_.key, {}, {}};
    if (at_.open) {
        after.within = at_.account.account().key;
        after.from = at_.account.reached();
    }
    const auto newest = options_.newest.value_or(timestamp::max());
    const db::repositories::account_bounds bounds{last_org_, newest, first_kept_};
    const auto steps = co_await db::repositories::read_account_slice(on, after, bounds, options_.account_rows, until);
    if (!steps)
        co_return steps.error();
    for (const auto& step : *steps) {
        if (too_new(step.account.key)) {
            close_account(out);
            skip_organization(step.account.key.org);
            co_return result<>{};
        }
        add_step(step, out);
    }
    const bool more = static_cast<std::int64_t>(steps->size()) >= options_.account_rows && steps->back().entry;
    if (!more)
        close_account(out);
    if (steps->empty())
        enter(stage::transfers);
    co_return result<>{};
}

void walk::add_step(const account_step& step, findings& out) {
    if (at_.open && at_.account.account().key != step.account.key)
        close_account(out);
    at_.open = true;
    at_.account.at(step.account);
    if (!step.entry)
        return;
    at_.account.take(*step.entry, out);
    ++at_.counts.entries;
}

void walk::close_account(findings& out) {
    if (!std::exchange(at_.open, false))
        return;
    at_.account.finish(out);
    at_.key = at_.account.account().key;
    ++at_.counts.accounts;
}

awaitable<result<>> walk::take_transfers(db::session& on, findings& out, deadline until) {
    const auto slice =
        co_await db::repositories::read_transfer_slice(on, at_.key, last_org_, options_.transfers, until);
    if (!slice)
        co_return slice.error();
    for (const auto& transfer : *slice) {
        if (too_new(transfer.key)) {
            skip_organization(transfer.key.org);
            co_return result<>{};
        }
        if (transfer.recorded_at >= first_kept_)
            prove_transfer(transfer, out);
        at_.key = transfer.key;
        ++at_.counts.transfers;
    }
    if (static_cast<std::int64_t>(slice->size()) < options_.transfers)
        enter(options_.org ? stage::blocks : stage::named_accounts);
    co_return result<>{};
}

awaitable<result<>> walk::take_named_accounts(db::session& on, findings& out, deadline until) {
    const auto slice = co_await db::repositories::read_named_accounts(on, at_.key.id, options_.named_accounts, until);
    if (!slice)
        co_return slice.error();
    bool more = static_cast<std::int64_t>(slice->size()) == options_.named_accounts;
    for (const auto& [key, found] : *slice) {
        if (!found)
            out.push_back(
                {invariant::entry_account, key.org, "entries of account " + key.id.to_string(), "an account", "none"});
        at_.key.id = key.id;
        more = more && !too_new(key);
    }
    if (!more)
        enter(stage::blocks);
    co_return result<>{};
}

awaitable<result<>> walk::take_blocks(db::session& on, findings& out, deadline until) {
    const auto slice =
        co_await db::repositories::read_blocks(on, at_.key.org, at_.number, last_org_, options_.transfers, until);
    if (!slice)
        co_return slice.error();
    for (const auto& block : *slice) {
        if (block.header.org != at_.key.org) {
            at_.key.org = block.header.org;
            at_.number = 0;
            at_.hash.clear();
        }
        if (options_.newest && block.header.sealed_at > *options_.newest) {
            at_.number = std::numeric_limits<std::int64_t>::max();
            co_return result<>{};
        }
        check_links(block.header, out);
        const auto checked = co_await check_content(on, block, out, until);
        if (!checked)
            co_return checked.error();
        at_.number = block.header.number;
        at_.hash = block.header.hash;
        ++at_.counts.blocks;
    }
    if (slice->empty())
        enter(stage::facts);
    co_return result<>{};
}

awaitable<result<>> walk::take_facts(db::session& on, findings& out, deadline until) {
    const auto more = co_await at_.facts.step(on, out, until);
    if (!more)
        co_return more.error();
    at_.counts.facts = at_.facts.rows();
    at_.counts.fact_blocks = at_.facts.blocks();
    if (!*more) {
        enter(stage::totals);
        // What belongs to no organization has a chain too.
        if (!options_.org)
            co_return co_await check_facts_covered(on, {}, out, until);
    }
    co_return result<>{};
}

void walk::check_links(const ledger_block& block, findings& out) const {
    const auto where = "block " + std::to_string(block.number);
    const auto number = at_.number + 1;
    if (block.number != number)
        out.push_back({invariant::chain_linked, block.org, where, "block " + std::to_string(number), where});
    const auto& previous = at_.hash.empty() ? no_hash() : at_.hash;
    if (block.previous_hash != previous)
        out.push_back({invariant::chain_linked, block.org, where, "after " + previous, block.previous_hash});
    if (const auto hash = hash_of(block); block.hash != hash)
        out.push_back({invariant::chain_linked, block.org, where, "hash " + hash, block.hash});
}

awaitable<result<>> walk::check_content(db::session& on, const sealed_block& sealed, findings& out, deadline until) {
    const auto& block = sealed.header;
    std::string content;
    std::size_t entries = 0;
    auto first = timestamp::max();
    for (const auto& transfer : sealed.content) {
        append_content(content, transfer);
        entries += transfer.entries.size();
        first = std::min(first, transfer.recorded_at);
    }
    // No part of the hash, and says which blocks are archived.
    if (first != timestamp::max() && first != block.first_recorded_at)
        out.push_back(
            {invariant::chain_content, block.org, "block " + std::to_string(block.number),
             "first recorded at " + server::to_rfc3339(first), server::to_rfc3339(block.first_recorded_at)});
    const auto hash = db::sha256_hex(content);
    if (hash == block.content_hash && entries == static_cast<std::size_t>(block.entries))
        co_return result<>{};
    const auto archived = co_await db::repositories::read_last_block_before(on, block.org, first_kept_, until);
    if (!archived)
        co_return archived.error();
    if (block.number <= *archived) {
        ++at_.counts.archived_blocks;
        co_return result<>{};
    }
    const auto describe = [](std::size_t t, std::size_t e, const std::string& h) {
        return std::to_string(t) + " transfers and " + std::to_string(e) + " entries with hash " + h;
    };
    out.push_back(
        {invariant::chain_content, block.org, "block " + std::to_string(block.number),
         describe(
             static_cast<std::size_t>(block.transfers), static_cast<std::size_t>(block.entries), block.content_hash),
         describe(sealed.content.size(), entries, hash)});
    co_return result<>{};
}

awaitable<result<std::optional<uuid>>> walk::next_organization(db::session& on, deadline until) const {
    if (!options_.org)
        co_return co_await db::repositories::read_next_organization(on, at_.key.id, until);
    co_return at_.key.id == *options_.org ? std::nullopt : options_.org;
}

awaitable<result<>> walk::take_totals(db::session& on, findings& out, deadline until) {
    const auto next = co_await next_organization(on, until);
    if (!next)
        co_return next.error();
    if (!*next) {
        enter(stage::done);
        co_return result<>{};
    }
    const auto org = **next;
    const auto sums = co_await db::repositories::read_unequal_sums(on, org, until);
    if (!sums)
        co_return sums.error();
    for (const auto& each : *sums)
        out.push_back(
            {invariant::currency_balanced, org, "all accounts in " + each.currency, "0 posted and 0 pending",
             each.balance + " posted and " + each.pending + " pending"});
    const auto covered = co_await check_coverage(on, org, out, until);
    if (!covered)
        co_return covered.error();
    const auto facts = co_await check_facts_covered(on, org, out, until);
    if (!facts)
        co_return facts.error();
    at_.key.id = org;
    co_return result<>{};
}

awaitable<result<>> walk::check_coverage(db::session& on, uuid org, findings& out, deadline until) const {
    const auto coverage = co_await db::repositories::read_chain_coverage(on, org, until);
    if (!coverage)
        co_return coverage.error();
    if (coverage->sealed_blocks != coverage->blocks)
        out.push_back(
            {invariant::chain_covers, org, "the chain", std::to_string(coverage->sealed_blocks) + " blocks",
             std::to_string(coverage->blocks)});
    if (coverage->transfers == coverage->sealed + coverage->waiting)
        co_return result<>{};
    const auto uncovered = co_await db::repositories::read_uncovered(on, org, until);
    if (!uncovered)
        co_return uncovered.error();
    std::string where = "transfers";
    for (const auto& id : *uncovered)
        where += " " + id.to_string();
    out.push_back(
        {invariant::chain_covers, org, where, std::to_string(coverage->transfers) + " in blocks or waiting",
         std::to_string(coverage->sealed) + " and " + std::to_string(coverage->waiting)});
    co_return result<>{};
}

awaitable<result<>> walk::check_facts_covered(db::session& on, uuid org, findings& out, deadline until) const {
    const auto head = co_await db::repositories::read_fact_head(on, org, until);
    if (!head)
        co_return head.error();
    const auto beyond = co_await db::repositories::count_facts_beyond(on, org, head->number, until);
    if (!beyond)
        co_return beyond.error();
    if (*beyond > 0)
        out.push_back(
            {invariant::facts_covered, org, "facts behind fact block " + std::to_string(head->number), "none",
             std::to_string(*beyond)});
    co_return result<>{};
}

} // namespace bursar::handlers::ledger_proof
