// What was answered to an Idempotency-Key. The row is written in the transaction of the effect, so that the two are
// there together or not at all.
#pragma once

#include "db/client.hpp"
#include "server/secret.hpp"

#include <optional>
#include <string>

namespace bursar::db::repositories {

struct idempotency_scope {
    server::uuid org;
    std::string_view route; // "POST /api/v1/tickets"
    std::string_view key;
};

struct stored_answer {
    server::sha256_hash fingerprint;
    std::int16_t status;
    std::string headers;
    std::optional<std::string> body; // nullopt: erased with the customer it was about, and the fingerprint with it
};

struct claim {
    enum class state { claimed, in_flight, answered };
    state now = state::claimed;
    std::optional<stored_answer> answer; // when answered
};

// Claims the key within the transaction, or says who has it. Two requests that race are told apart by an advisory
// lock that lasts as long as the transaction, so the second is answered at once and does not wait for the first.
// After `claimed` a savepoint stands, to which store_answer can go back.
awaitable<result<claim>>
claim_idempotency_key(transaction& on, idempotency_scope scope, const server::sha256_hash& fingerprint, deadline until);

// Stores the answer and commits. keep_effects false undoes what was done since the claim first: a refusal is stored,
// half a change is not.
awaitable<result<>>
store_answer(transaction& on, idempotency_scope scope, const stored_answer& answer, bool keep_effects, deadline until);

} // namespace bursar::db::repositories
