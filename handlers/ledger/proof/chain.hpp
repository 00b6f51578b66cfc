// What the chain hashes. Everything is text, so that anybody can take it up again with a few lines of any language;
// scripts/check-chain does.
//
// The content of a block is one line of JSON for each of its transfers, each followed by one for each of its entries;
// every line ends in a newline. The members of a line stand in the order below; there is no space between them, only
// within `metadata`; absent values are null. The content hash is the SHA-256 of these bytes.
//
// The hash of a block is the SHA-256 of eight lines, each with its newline: "bursar ledger block 1", the previous
// block's hash (64 zeros before the first), the content hash, organization, number, transfers, entries and sealed_at.
// Hashes are written in lower-case hexadecimal.
#pragma once

#include "db/repositories/ledger/chain.hpp"
#include "db/repositories/ledger/facts.hpp"

#include <string>

namespace bursar::handlers::ledger_proof {

using db::repositories::chained_transfer;
using db::repositories::ledger_block;

// {"transfer":…,"kind":…,"target":…,"idempotency_key":…,"request_hash":…,"amount":…,"legs":…,"description":…,
//  "external_reference":…,"metadata":{…},"effective_at":…,"recorded_at":…,"expires_at":…,"actor":…}
//   and, of a conversion alone, behind the actor: "fx_leg":…,"fx_rate":"1.0850","fx_source":…
// {"entry":<transfer>,"leg":…,"side":"debit"|"credit","account":…,"currency":…,"seq":…,"amount":…,"held":…,
//  "balance":…,"pending_debits":…,"pending_credits":…,"effective_at":…,"recorded_at":…}
void append_content(std::string& out, const chained_transfer& transfer);

// The previous hash of a first block.
const std::string& no_hash();

// Of the block's other members.
std::string hash_of(const ledger_block& block);

// The line that stands before a block's content in an export; archived: its content does not follow.
// {"block":<number>,"org":…,"previous":…,"content":…,"transfers":…,"entries":…,"sealed_at":…,"hash":…,"archived":…}
void append_block(std::string& out, const ledger_block& block, bool archived);

// Where the two chains of an organization end: that of its transfers, and that of its facts (facts.hpp).
struct chain_heads {
    db::repositories::chain_head transfers;
    db::repositories::fact_head facts;
};

// The last line of an export: {"head":<number>,"hash":…,"facts_head":<number>,"facts_hash":…}
void append_heads(std::string& out, const chain_heads& heads);

} // namespace bursar::handlers::ledger_proof
