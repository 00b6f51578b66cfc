#include "handlers/ledger/proof/facts.hpp"

#include "db/checksum.hpp"
#include "handlers/ledger/proof/chain.hpp"
#include "handlers/ledger/proof/json_line.hpp"

namespace bursar::handlers::ledger_proof {

using db::repositories::fact_class;
using server::awaitable;
using server::result;

namespace {

// Checking a block takes a few milliseconds.
constexpr std::int64_t block_facts = 500;
// Of a transaction, so that a long way to go is made good in steps.
constexpr int blocks_at_once = 20;

std::string_view to_string(fact_class kind) noexcept {
    return kind == fact_class::passing ? "passing" : "lasting";
}

} // namespace

void append_fact(std::string& out, const fact& what) {
    json_line{out}
        .with("fact", what.seq)
        .with("table", what.table)
        .raw("key", what.key)
        .with("hash", what.hash)
        .with("recorded_at", what.recorded_at);
}

std::string hash_of(const fact_block& b) {
    std::string text = "bursar fact block 1\n";
    for (const auto& line :
         {b.previous_hash, b.content_hash, b.org.to_string(), std::to_string(b.number), std::to_string(b.facts),
          std::string{to_string(b.kind)}, server::to_rfc3339(b.last_recorded_at), server::to_rfc3339(b.sealed_at)})
        text.append(line).append("\n");
    return db::sha256_hex(text);
}

void append_block(std::string& out, const fact_block& b, bool gone) {
    json_line{out}
        .with("fact_block", b.number)
        .with("org", b.org)
        .with("previous", b.previous_hash)
        .with("content", b.content_hash)
        .with("facts", b.facts)
        .with("kind", to_string(b.kind))
        .with("last_recorded_at", b.last_recorded_at)
        .with("sealed_at", b.sealed_at)
        .with("hash", b.hash)
        .raw("gone", gone ? "true" : "false");
}

awaitable<result<bool>> seal_waiting_facts(
    db::session& on, server::uuid org, fact_class kind, db::repositories::fact_head& head, server::deadline until) {
    for (int blocks = 0; blocks < blocks_at_once; ++blocks) {
        const auto waiting = co_await db::repositories::lock_waiting_facts(on, org, kind, block_facts, until);
        if (!waiting)
            co_return waiting.error();
        if (waiting->empty())
            co_return false;
        fact_block block;
        std::string content;
        std::vector<std::int64_t> seqs;
        block.last_recorded_at = server::timestamp::min();
        for (const auto& each : *waiting) {
            append_fact(content, each);
            seqs.push_back(each.seq);
            block.last_recorded_at = std::max(block.last_recorded_at, each.recorded_at);
        }
        block.org = org;
        block.number = head.number + 1;
        block.facts = static_cast<std::int32_t>(seqs.size());
        block.kind = kind;
        block.sealed_at = server::now();
        block.previous_hash = head.hash.empty() ? no_hash() : head.hash;
        block.content_hash = db::sha256_hex(content);
        block.hash = hash_of(block);
        const auto done = co_await db::repositories::seal_facts(on, block, std::move(seqs), until);
        if (!done)
            co_return done.error();
        head = {block.number, block.hash};
        if (static_cast<std::int64_t>(waiting->size()) < block_facts)
            co_return false;
    }
    co_return true;
}

} // namespace bursar::handlers::ledger_proof
