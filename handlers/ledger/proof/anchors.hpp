// Where the chains end, written down outside of the database: whoever holds that can distinguish a chain that was cut
// off or sealed anew from one that went on. A document is one line of JSON, so that a file holds many, of which each
// one counts:
//
// {"bursar_anchors":1,"at":…,"anchors":[{"org":…,"block":<number>,"hash":…,"fact_block":<number>,"fact_hash":…},…]}
#pragma once

#include "handlers/ledger/proof/chain.hpp"
#include "handlers/ledger/proof/finding.hpp"

#include <iosfwd>
#include <optional>

namespace bursar::handlers::ledger_proof {

struct anchor {
    server::uuid org; // nil: of what belongs to none
    chain_heads heads;
};

// Of one organization, or of all that have sealed something; so many to a document that it stays small. Failures are
// those of the database.
server::awaitable<server::result<std::vector<std::string>>>
anchor_documents(db::client& database, std::optional<server::uuid> org);

// validation_failed, with the line in its detail, for a file that is none of documents, or an empty one.
server::result<std::vector<anchor>> read_anchors(std::istream& file);

// Blocks that are not there any more, or have another hash.
server::awaitable<server::result<>>
check_anchors(db::client& database, std::vector<anchor> all, std::optional<server::uuid> org, findings& out);

} // namespace bursar::handlers::ledger_proof
