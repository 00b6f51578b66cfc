// Holds what a round left in the database, and what its clients were told, against the model.
#pragma once

#include "tests/faults/ledger/model_clients.hpp"

namespace bursar::tests {

// What does not agree, in words; empty when all is well.
//   - Every transfer in the database is one that a client was told of, and every one that a client was told of is
//   there.
//   - Replayed in the order of the ledger the model allows each, and says the same of every entry and every balance.
//   - That order keeps to the order of time: what was answered before another was asked for comes first.
//   - Nothing takes effect in a month after somebody was told that it is closed, nor moves an account that is frozen.
//   - Every refusal was right at some moment between its request and its answer, and left nothing.
//   - The accounts end where the model does.
std::vector<std::string> check_round(const model_round& round, const sql_session& by, const std::string& org);

} // namespace bursar::tests
