// What somebody asks the ledger to do, checked as far as it can be without looking at an account, and what came of it.
#pragma once

#include "db/repositories/ledger/transfers.hpp"
#include "server/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bursar::handlers::transfers {

using db::repositories::transfer_kind;
using db::repositories::transfer_state;
using server::timestamp;
using server::uuid;

struct leg {
    uuid debit_account_id;
    uuid credit_account_id;
    std::int64_t amount = 0;    // minor units, above 0; 0 leaves the leg out of a posting or a reversal
    std::int64_t of_target = 0; // what the target holds or moved in this leg; 0 without a target
};

// Of what request an instruction is: one of its own, or a member of a batch, each by itself or all or none.
enum class part_of : std::uint8_t { nothing, batch, atomic_batch };

struct instruction {
    uuid org;
    std::optional<uuid> actor;   // empty: bursar itself
    bool tells_balances = false; // a refusal may say what stands on an account: who asks may read it
    transfer_kind kind = transfer_kind::transfer;
    bool pending = false;
    std::vector<leg> legs;         // between different accounts
    std::optional<uuid> target_id; // of every kind but transfer
    std::optional<std::string> description;
    std::optional<std::string> external_reference;
    std::string metadata = "{}";
    std::optional<timestamp> effective_at;
    std::optional<timestamp> expires_at;
    // Of a conversion, and of the posting or reversal of one: then its two legs are among the legs.
    std::optional<db::repositories::conversion> fx;
    uuid idempotency_key; // of route and key
    uuid request_hash;
    std::string request_id;
    part_of within = part_of::nothing;
    // What was found wrong before: it is refused with that, unless its key has an answer.
    std::optional<server::error> fault;
};

// What instructions are to a batch and to the queue: one each, and more with many legs.
std::size_t weight_of(const std::vector<instruction>& all) noexcept;

// Where a field of a leg stands: "/legs/2/amount", or "/amount" in the short form.
std::string pointer_to(std::size_t leg, bool short_form, std::string_view field);

// The same in the request that became this transfer.
std::string pointer_to(const instruction& what, std::size_t leg, std::string_view field);

// Answered before: the transfer that the first request made.
struct replay {
    uuid transfer_id;
};

// Nothing was done, and a repetition of the request is refused alike.
struct refusal {
    server::error reason;
    bool replayed = false;
    std::string request_id; // of the request that was refused first
};

// The key was used for a request with this hash, which is another request; or the same one, hashed by an earlier
// version.
struct other_request {
    uuid request_hash;
    std::variant<replay, refusal> answer; // what it was answered
};

using outcome = std::variant<db::repositories::transfer, replay, refusal, other_request>;

} // namespace bursar::handlers::transfers
