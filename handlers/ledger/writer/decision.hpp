// What a batch decides: from instructions and what the database says of their accounts, targets and keys, to an outcome
// for each and the rows to write. Pure.
#pragma once

#include "handlers/ledger/writer/working_balances.hpp"

#include <deque>
#include <span>

namespace bursar::handlers::transfers {

// Instructions that are done together or not at all; mostly one.
using group = std::span<const instruction>;

// Whether an earlier request with the same key decided on a group with these outcomes.
bool is_repeated(const std::vector<outcome>& whole);

// All that the groups touch.
db::repositories::batch_reading reading_for(std::span<const group> groups);

// The organizations whose books have to be looked at: for those without, now is open.
std::vector<uuid> backdating(std::span<const group> groups);

class decision {
public:
    // The groups must outlive the decision: the rows to write refer to them.
    decision(
        std::span<const group> groups, batch_facts facts, const db::repositories::batch_reading& asked, timestamp now);

    // For each group, an outcome for each of its instructions.
    std::vector<std::vector<outcome>>& outcomes() noexcept { return outcomes_; }
    const db::repositories::batch_writing& writing() const noexcept { return writing_; }
    // Every instruction is done, and none before: what was decided needs no look at the keys.
    bool all_made() const noexcept { return all_made_; }
    // As the batch leaves them, once it is durable.
    const std::vector<account_state>& accounts() const noexcept { return balances_.accounts(); }
    bool nothing_to_write() const noexcept { return writing_.transfers.empty() && writing_.refusals.empty(); }

private:
    // The answer to a key, given before or in this batch.
    struct answered {
        uuid request_hash;
        std::variant<replay, refusal> what;
    };
    using answers = boost::unordered_flat_map<row_key, answered, row_key_hash>;

    void learn(batch_facts& facts, const db::repositories::batch_reading& asked);
    void decide(group whole, timestamp now);
    bool repeat(group whole);
    void keep(const instruction& what, applied done);
    void refuse(group whole, server::error why);
    void keep_refusal(const instruction& what, const server::error& why);

    working_balances balances_;
    answers answers_;
    std::deque<std::vector<uuid>> touched_; // of each transfer to write; the rows refer to them
    std::deque<server::error> reasons_;     // likewise of each refusal
    std::vector<std::vector<outcome>> outcomes_;
    db::repositories::batch_writing writing_;
    bool all_made_ = true;
};

} // namespace bursar::handlers::transfers
