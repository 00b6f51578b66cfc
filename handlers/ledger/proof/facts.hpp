// The chain of facts: what it hashes, in texts as chain.hpp says, and how a new block of it is made.
//
// The content of a block is one line of JSON for each of its facts, each with its newline. Its hash is the SHA-256 of
// nine lines, each with its newline: "bursar fact block 1", the previous block's hash (64 zeros before the first), the
// content hash, organization, number, number of facts, "lasting" or "passing", last_recorded_at and sealed_at.
#pragma once

#include "db/repositories/ledger/facts.hpp"

#include <string>

namespace bursar::handlers::ledger_proof {

using db::repositories::fact;
using db::repositories::fact_block;

// {"fact":<number>,"table":…,"key":[…],"hash":…|null,"recorded_at":…}
void append_fact(std::string& out, const fact& what);

// Of the block's other members.
std::string hash_of(const fact_block& block);

// The line that stands before a block's content in an export; gone: its facts passed, and their content does not
// follow.
// {"fact_block":<number>,"org":…,"previous":…,"content":…,"facts":…,"kind":…,"last_recorded_at":…,"sealed_at":…,"hash":…,
//  "gone":…}
void append_block(std::string& out, const fact_block& block, bool gone);

// Seals some of what waits of an organization, of one class, and moves the head; whether there is more. Inside of the
// caller's transaction.
server::awaitable<server::result<bool>> seal_waiting_facts(
    db::session& on, server::uuid org, db::repositories::fact_class kind, db::repositories::fact_head& head,
    server::deadline until);

} // namespace bursar::handlers::ledger_proof
