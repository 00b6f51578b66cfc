// The rules of one transfer beside its entries and beside the transfers that follow it: postings, voids, expiries and
// reversals, which name it as their target. Pure.
#pragma once

#include "db/repositories/ledger_proof.hpp"
#include "handlers/ledger_proof/finding.hpp"

namespace bursar::handlers::ledger_proof {

using db::repositories::proof_transfer;

void prove_transfer(const proof_transfer& transfer, findings& out);

} // namespace bursar::handlers::ledger_proof
