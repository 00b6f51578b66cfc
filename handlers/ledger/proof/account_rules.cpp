#include "handlers/ledger/proof/account_rules.hpp"

#include "handlers/ledger/proof/arithmetic.hpp"
#include "server/time.hpp"

namespace bursar::handlers::ledger_proof {

namespace {

std::string describe(const account_position& p) {
    return "seq " + std::to_string(p.seq) + ", balance " + std::to_string(p.balance) + ", pending debits " +
           std::to_string(p.pending_debits) + ", pending credits " + std::to_string(p.pending_credits) + ", at " +
           server::to_rfc3339(p.recorded_at);
}

} // namespace

void account_proof::at(const proof_account& account) {
    if (account_.key != account.key) {
        reached_ = account.carried;
        transfer_ = {};
    }
    account_ = account;
}

void account_proof::take(const proof_entry& entry, findings& out) {
    if (entry.transfer_id != transfer_ && reached_.seq > 0)
        check_limits(out);
    check_order(entry, out);
    check_sums(entry, out);
    check_transfer(entry, out);
    if (!entry.in_currency)
        out.push_back(about(invariant::entry_account, entry.after.seq, "the account's currency", "another"));
    reached_ = entry.after;
    transfer_ = entry.transfer_id;
}

void account_proof::finish(findings& out) const {
    if (reached_.seq > 0)
        check_limits(out);
    const auto& says = account_.says;
    if (const auto& stands = account_.last.value_or(account_.carried); says != stands)
        out.push_back(
            about(invariant::account_row, says.seq, stands.seq > 0 ? describe(stands) : "no entries", describe(says)));
    if (account_.closed && (says.balance != 0 || says.pending_debits != 0 || says.pending_credits != 0))
        out.push_back(about(invariant::closed_at_zero, says.seq, "nothing on it", describe(says)));
}

// The entries come by (recorded_at, seq): an order in which seq falls is one in which time does.
void account_proof::check_order(const proof_entry& entry, findings& out) {
    const auto seq = entry.after.seq;
    in_sequence_ = seq == sum(reached_.seq, 1);
    if (in_sequence_)
        return;
    const auto broken = seq <= reached_.seq ? invariant::recorded_in_order : invariant::seq_gapless;
    out.push_back(about(broken, seq, "seq " + std::to_string(sum(reached_.seq, 1)), "seq " + std::to_string(seq)));
}

void account_proof::check_sums(const proof_entry& entry, findings& out) const {
    const auto& after = entry.after;
    if (after.pending_debits < 0 || after.pending_credits < 0)
        out.push_back(about(invariant::pending_chain, after.seq, "no sum below zero", describe(after)));
    // What stood before is not known.
    if (!in_sequence_)
        return;
    if (const auto expected = sum(reached_.balance, entry.amount); after.balance != expected)
        out.push_back(
            about(invariant::balance_chain, after.seq, std::to_string(expected), std::to_string(after.balance)));
    const auto debits = sum(reached_.pending_debits, entry.debit ? entry.held : 0);
    const auto credits = sum(reached_.pending_credits, entry.debit ? 0 : entry.held);
    if (after.pending_debits != debits || after.pending_credits != credits)
        out.push_back(about(
            invariant::pending_chain, after.seq, std::to_string(debits) + " and " + std::to_string(credits),
            std::to_string(after.pending_debits) + " and " + std::to_string(after.pending_credits)));
}

void account_proof::check_transfer(const proof_entry& entry, findings& out) const {
    const auto seq = entry.after.seq;
    const auto named = "transfer " + entry.transfer_id.to_string();
    if (!entry.transfer_recorded_at)
        out.push_back(about(invariant::entry_transfer, seq, named, "none"));
    else if (*entry.transfer_recorded_at != entry.after.recorded_at)
        out.push_back(about(
            invariant::entry_transfer, seq, named + " at " + server::to_rfc3339(entry.after.recorded_at),
            server::to_rfc3339(*entry.transfer_recorded_at)));
    else if (!entry.named)
        out.push_back(about(
            invariant::entry_transfer, seq, named + " to name the account and the entry's effective time", "neither"));
}

// Between transfers: within one, an account may be charged before it is paid.
void account_proof::check_limits(findings& out) const {
    const auto posted = account_.credit_normal ? negative(reached_.balance) : reached_.balance;
    const auto out_of_it = account_.credit_normal ? reached_.pending_debits : reached_.pending_credits;
    const auto into_it = account_.credit_normal ? reached_.pending_credits : reached_.pending_debits;
    if (const auto available = sum(posted, negative(out_of_it)); account_.floor && available < *account_.floor)
        out.push_back(about(
            invariant::limits_kept, reached_.seq, "available at least " + std::to_string(*account_.floor),
            std::to_string(available)));
    if (const auto most = sum(posted, into_it); account_.ceiling && most > *account_.ceiling)
        out.push_back(about(
            invariant::limits_kept, reached_.seq, "posted and pending at most " + std::to_string(*account_.ceiling),
            std::to_string(most)));
}

finding account_proof::about(invariant broken, std::int64_t seq, std::string expected, std::string found) const {
    return {
        broken, account_.key.org, "account " + account_.key.id.to_string() + ", seq " + std::to_string(seq),
        std::move(expected), std::move(found)};
}

} // namespace bursar::handlers::ledger_proof
