#include "handlers/ledger/proof/chain.hpp"

#include "db/checksum.hpp"
#include "handlers/ledger/proof/json_line.hpp"

namespace bursar::handlers::ledger_proof {

namespace {

void append_transfer(std::string& out, const chained_transfer& t) {
    json_line line{out};
    line.with("transfer", t.id)
        .with("kind", t.kind)
        .with("target", t.target_id)
        .with("idempotency_key", t.idempotency_key)
        .with("request_hash", t.request_hash)
        .with("amount", t.amount)
        .with("legs", t.legs)
        .with("description", t.description)
        .with("external_reference", t.external_reference)
        .raw("metadata", t.metadata)
        .with("effective_at", t.effective_at)
        .with("recorded_at", t.recorded_at)
        .with("expires_at", t.expires_at)
        .with("actor", t.actor_id);
    if (t.fx_leg)
        line.with("fx_leg", *t.fx_leg).with("fx_rate", t.fx_rate).with("fx_source", t.fx_source);
}

} // namespace

void append_content(std::string& out, const chained_transfer& t) {
    append_transfer(out, t);
    for (const auto& e : t.entries)
        json_line{out}
            .with("entry", t.id)
            .with("leg", e.leg)
            .with("side", std::string_view{e.debit ? "debit" : "credit"})
            .with("account", e.account_id)
            .with("currency", e.currency)
            .with("seq", e.seq)
            .with("amount", e.amount)
            .with("held", e.held)
            .with("balance", e.balance)
            .with("pending_debits", e.pending_debits)
            .with("pending_credits", e.pending_credits)
            .with("effective_at", e.effective_at)
            .with("recorded_at", e.recorded_at);
}

const std::string& no_hash() {
    static const std::string zeros(64, '0');
    return zeros;
}

std::string hash_of(const ledger_block& b) {
    std::string text = "bursar ledger block 1\n";
    for (const auto& line :
         {b.previous_hash, b.content_hash, b.org.to_string(), std::to_string(b.number), std::to_string(b.transfers),
          std::to_string(b.entries), server::to_rfc3339(b.sealed_at)})
        text.append(line).append("\n");
    return db::sha256_hex(text);
}

void append_block(std::string& out, const ledger_block& b, bool archived) {
    json_line{out}
        .with("block", b.number)
        .with("org", b.org)
        .with("previous", b.previous_hash)
        .with("content", b.content_hash)
        .with("transfers", b.transfers)
        .with("entries", b.entries)
        .with("sealed_at", b.sealed_at)
        .with("hash", b.hash)
        .raw("archived", archived ? "true" : "false");
}

void append_heads(std::string& out, const chain_heads& heads) {
    const auto or_none = [](const std::string& hash) -> const std::string& { return hash.empty() ? no_hash() : hash; };
    json_line{out}
        .with("head", heads.transfers.number)
        .with("hash", or_none(heads.transfers.hash))
        .with("facts_head", heads.facts.number)
        .with("facts_hash", or_none(heads.facts.hash));
}

} // namespace bursar::handlers::ledger_proof
