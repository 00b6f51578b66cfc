// The rules of one transfer beside its entries and beside the transfers that follow it: postings, voids, expiries and
// reversals, which name it as their target. Pure.
#pragma once

#include "db/repositories/ledger/proof.hpp"
#include "handlers/ledger/proof/finding.hpp"

namespace bursar::handlers::ledger_proof {

using db::repositories::proof_transfer;

void prove_transfer(const proof_transfer& transfer, findings& out);

} // namespace bursar::handlers::ledger_proof
