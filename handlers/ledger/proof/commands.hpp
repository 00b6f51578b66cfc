// What an operator asks of the proof: `bursar verify` and `bursar ledger export-chain`. Output goes to the given stream
// as it comes, in flat memory. Failures are those of the database, and not_found for an unknown organization.
#pragma once

#include "db/client.hpp"
#include "handlers/ledger/proof/anchors.hpp"
#include "server/uuid.hpp"

#include <iosfwd>
#include <optional>

namespace bursar::handlers::ledger_proof {

// Walks through everything, or one organization, and looks for the blocks that were anchored: a line for each of the
// first findings, and one that sums up. True: the ledger is sound.
server::awaitable<server::result<bool>>
verify(db::client& database, std::optional<server::uuid> org, std::vector<anchor> anchors, std::ostream& out);

// The chains of an organization: the line of each block (chain.hpp), its content unless that is archived; likewise of
// its facts (facts.hpp); and at the end where both end, so that an export that was cut off is not taken for a whole
// one. The last blocks are those of the moment the export began.
server::awaitable<server::result<>> export_chain(db::client& database, server::uuid org, std::ostream& out);

} // namespace bursar::handlers::ledger_proof
