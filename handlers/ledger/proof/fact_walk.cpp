#include "handlers/ledger/proof/fact_walk.hpp"

#include "db/checksum.hpp"
#include "handlers/ledger/proof/chain.hpp"

namespace bursar::handlers::ledger_proof {

using db::repositories::sealed_facts;
using server::awaitable;
using server::deadline;
using server::result;

namespace {

std::string name_of(std::size_t table, const std::string& key) {
    return std::string{db::repositories::proven_table(table)} + " " + key;
}

} // namespace

awaitable<result<bool>> fact_walk::step(db::session& on, findings& out, deadline until) {
    result<> taken;
    switch (stage_) {
    case stage::rows: taken = co_await take_rows(on, out, until); break;
    case stage::facts: taken = co_await take_facts(on, out, until); break;
    case stage::blocks: taken = co_await take_blocks(on, out, until); break;
    case stage::done: break;
    }
    if (!taken)
        co_return taken.error();
    co_return stage_ != stage::done;
}

void fact_walk::enter_table(std::size_t next) noexcept {
    table_ = next;
    page_ = 0;
    after_ = {first_org_};
    if (table_ < db::repositories::proven_tables())
        return;
    table_ = 0;
    stage_ = stage_ == stage::rows ? stage::facts : stage::blocks;
}

awaitable<result<>> fact_walk::take_rows(db::session& on, findings& out, deadline until) {
    const auto slice =
        co_await db::repositories::prove_rows(on, table_, page_, slices_.pages, first_org_, last_org_, until);
    if (!slice)
        co_return slice.error();
    rows_ += static_cast<std::uint64_t>(slice->rows);
    for (const auto& [org, key, unknown] : slice->misfits)
        out.push_back(
            {invariant::fact_recorded, org, name_of(table_, key), "as its last fact says",
             unknown ? "a row that no fact tells of" : "another"});
    page_ += slices_.pages;
    if (slice->last)
        enter_table(table_ + 1);
    co_return result<>{};
}

awaitable<result<>> fact_walk::take_facts(db::session& on, findings& out, deadline until) {
    const auto slice = co_await db::repositories::prove_facts(on, table_, after_, last_org_, slices_.facts, until);
    if (!slice)
        co_return slice.error();
    for (const auto& each : slice->misfits)
        out.push_back(
            {invariant::fact_kept, each.org, name_of(table_, each.key), "a row, as its last fact says", "none"});
    after_ = slice->last;
    if (slice->facts < slices_.facts)
        enter_table(table_ + 1);
    co_return result<>{};
}

awaitable<result<>> fact_walk::take_blocks(db::session& on, findings& out, deadline until) {
    const auto slice =
        co_await db::repositories::read_fact_blocks(on, org_, head_.number, last_org_, slices_.blocks, until);
    if (!slice)
        co_return slice.error();
    for (const auto& block : *slice) {
        const auto& header = block.header;
        if (header.org != org_) {
            org_ = header.org;
            head_ = {};
        }
        check_block(block, out);
        head_ = {header.number, header.hash};
        ++blocks_;
    }
    if (slice->empty())
        stage_ = stage::done;
    co_return result<>{};
}

void fact_walk::check_block(const sealed_facts& sealed, findings& out) const {
    const auto& block = sealed.header;
    const auto where = "fact block " + std::to_string(block.number);
    const auto number = head_.number + 1;
    const auto add = [&](invariant broken, std::string expected, std::string found) {
        out.push_back({broken, block.org, where, std::move(expected), std::move(found)});
    };
    if (block.number != number)
        add(invariant::facts_linked, "fact block " + std::to_string(number), where);
    if (const auto& previous = head_.hash.empty() ? no_hash() : head_.hash; block.previous_hash != previous)
        add(invariant::facts_linked, "after " + previous, block.previous_hash);
    if (const auto hash = hash_of(block); block.hash != hash)
        add(invariant::facts_linked, "hash " + hash, block.hash);
    std::string content;
    for (const auto& each : sealed.content)
        append_fact(content, each);
    const auto hash = db::sha256_hex(content);
    if (!sealed.expired &&
        (hash != block.content_hash || static_cast<std::int64_t>(sealed.content.size()) != block.facts))
        add(invariant::facts_content, std::to_string(block.facts) + " facts with hash " + block.content_hash,
            std::to_string(sealed.content.size()) + " with hash " + hash);
}

} // namespace bursar::handlers::ledger_proof
