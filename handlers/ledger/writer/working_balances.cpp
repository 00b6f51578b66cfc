#include "handlers/ledger/writer/working_balances.hpp"

#include "handlers/shared/refusals.hpp"

#include <algorithm>

namespace bursar::handlers::transfers {

using db::repositories::transfer_state;
using server::errc;
using server::error;
using namespace std::chrono_literals;

namespace {

// The side of a conversion's leg that the client did not name.
bool is_clearing_side(const instruction& what, std::size_t leg, bool debit) {
    return what.fx && leg == static_cast<std::size_t>(what.fx->leg) + (debit ? 1 : 0);
}

std::string name_of(const instruction& what, std::size_t leg, bool debit) {
    if (what.kind == transfer_kind::transfer)
        return "The account";
    const auto& l = what.legs[leg];
    return "The account " + (debit ? l.debit_account_id : l.credit_account_id).to_string();
}

// A request of another kind names no account: it is named to whoever may read it.
error at_leg(errc code, const instruction& what, std::size_t leg, bool debit, std::string message) {
    error out{code};
    if (what.kind != transfer_kind::transfer) {
        if (what.tells_balances)
            out.message = name_of(what, leg, debit) + " " + message + ".";
        return out;
    }
    if (is_clearing_side(what, leg, debit))
        out.fields.push_back(
            {pointer_to(what, leg, "credit_amount"), "goes through a clearing account that " + message});
    else
        out.fields.push_back(
            {pointer_to(what, leg, debit ? "debit_account_id" : "credit_account_id"), std::move(message)});
    return out;
}

// Of the process's clock, which may be a second off the database's, as that of another process may on the other side.
constexpr auto furthest_ahead = 2s;

error account_of_the_future(timestamp at) {
    return with_message(
        errc::dependency_unavailable, "An account's last entry is of " + server::to_rfc3339(at) +
                                          ", written by a clock that was wrong; nothing was done, and nothing can be "
                                          "until then.");
}

bool within(std::int64_t value) {
    return value >= -largest_amount && value <= largest_amount;
}

// So that every number that is shown of the account is exact, what is available included.
bool is_exact(const account_state& a) {
    return within(a.balance) && within(a.pending_debits) && within(a.pending_credits) &&
           within(a.balance + a.pending_debits) && within(a.balance - a.pending_credits);
}

// In the account's normal direction.
struct holding {
    std::int64_t posted;
    std::int64_t out; // pending
    std::int64_t in;
};
holding holding_of(const account_state& a) {
    return a.credit_normal ? holding{-a.balance, a.pending_debits, a.pending_credits}
                           : holding{a.balance, a.pending_credits, a.pending_debits};
}

// Whether the account keeps its limits after an entry on that side, holds counted. What makes it fall is checked
// against the floor, what makes it rise against the ceiling.
std::optional<errc> broken_limit(const account_state& a, bool debit) {
    const bool falls = debit == a.credit_normal;
    const auto now = holding_of(a);
    if (falls && a.floor && now.posted - now.out < *a.floor)
        return errc::insufficient_funds;
    if (!falls && a.ceiling && now.posted + now.in > *a.ceiling)
        return errc::limit_exceeded;
    return std::nullopt;
}

// With figures where whoever asks may read the balance, and the account is no clearing account. `a` is the account as
// it would have been.
error beyond_limit(errc broken, const instruction& what, std::size_t leg, bool debit, const account_state& a) {
    const bool floor = broken == errc::insufficient_funds;
    auto out =
        at_leg(broken, what, leg, debit, floor ? "has too little available" : "would hold more than its ceiling");
    if (!what.tells_balances || is_clearing_side(what, leg, debit))
        return out;
    const auto amount = what.legs[leg].amount;
    const auto after = holding_of(a);
    const auto words = [&](const char* limit, std::int64_t at, std::int64_t now, const char* state) {
        return name_of(what, leg, debit) + " would " + limit + " of " + std::to_string(at) + ": " +
               std::to_string(now) + " is " + state + ", " + std::to_string(amount) +
               " was asked for, in the smallest unit of " + a.currency + ".";
    };
    out.message = floor ? words("fall below its floor", *a.floor, after.posted - after.out + amount, "available")
                        : words("rise above its ceiling", *a.ceiling, after.posted + after.in - amount, "there");
    return out;
}

// A posting, void or expiry lets go what its target holds.
bool releases(transfer_kind kind) {
    return kind == transfer_kind::posting || kind == transfer_kind::void_ || kind == transfer_kind::expiry;
}

bool moves(const instruction& what) {
    return !what.pending && what.kind != transfer_kind::void_ && what.kind != transfer_kind::expiry;
}

transfer_state state_after(const instruction& what) {
    switch (what.kind) {
    case transfer_kind::void_: return transfer_state::voided;
    case transfer_kind::expiry: return transfer_state::expired;
    default: return what.pending ? transfer_state::pending : transfer_state::posted;
    }
}

result<> check_reversal(const instruction& what, const target_state& target) {
    if (target.kind == transfer_kind::reversal || target.state != transfer_state::posted || target.held)
        return with_message(errc::invalid_state, "Only what was posted, and is no reversal, can be reversed.");
    for (std::size_t i = 0; i < what.legs.size(); ++i) {
        const auto reversed = target.reversed_legs.empty() ? 0 : target.reversed_legs[i];
        if (what.legs[i].amount > what.legs[i].of_target - reversed)
            return with_message(
                errc::amount_exceeded, "Of /legs/" + std::to_string(i) + " " +
                                           std::to_string(what.legs[i].of_target - reversed) +
                                           " can still be reversed.");
    }
    if (std::all_of(what.legs.begin(), what.legs.end(), [](const auto& l) { return l.amount == 0; }))
        return with_message(errc::amount_exceeded, "Nothing of it is left.");
    return {};
}

} // namespace

working_balances::working_balances(
    std::vector<account_state> accounts, std::vector<target_state> targets, std::optional<account_locks> locks)
    : locks_(locks) {
    for (auto& a : accounts) {
        account_index_.emplace(a.key, accounts_.size());
        accounts_.push_back(std::move(a));
    }
    for (auto& t : targets) {
        target_index_.emplace(t.key, targets_.size());
        targets_.push_back({std::move(t)});
    }
}

void working_balances::back_to(mark at) {
    while (undo_.size() > at.changes) {
        if (auto* const a = std::get_if<earlier_account>(&undo_.back())) {
            auto& now = accounts_[a->index];
            now.seq = a->numbers.seq;
            now.balance = a->numbers.balance;
            now.pending_debits = a->numbers.pending_debits;
            now.pending_credits = a->numbers.pending_credits;
            now.last_recorded_at = a->numbers.last_recorded_at;
        } else {
            auto& t = std::get<earlier_target>(undo_.back());
            targets_[t.index] = std::move(t.whole);
        }
        undo_.pop_back();
    }
}

result<std::size_t> working_balances::find_account(const instruction& what, std::size_t leg, bool debit) const {
    const auto& l = what.legs[leg];
    const auto found = account_index_.find({what.org, debit ? l.debit_account_id : l.credit_account_id});
    if (found != account_index_.end())
        return found->second;
    auto unknown = at_leg(errc::not_found, what, leg, debit, "is no account");
    unknown.message = "There is no such account.";
    return unknown;
}

result<> working_balances::check_target(const instruction& what, timestamp now) const {
    if (!what.target_id)
        return {};
    const auto found = target_index_.find({what.org, *what.target_id});
    if (found == target_index_.end())
        return errc::not_found;
    const auto& target = targets_[found->second].now;
    if (what.kind == transfer_kind::reversal) {
        if (auto fine = check_reversal(what, target); !fine)
            return fine;
    } else {
        if (target.state != transfer_state::pending)
            return with_message(errc::invalid_state, "The transfer is not pending.");
        const bool overdue = target.expires_at && *target.expires_at <= now;
        if (what.kind == transfer_kind::posting && overdue)
            return with_message(errc::invalid_state, "The pending transfer has expired.");
        if (what.kind == transfer_kind::expiry && !overdue)
            return with_message(errc::invalid_state, "The pending transfer has not expired.");
    }
    return {};
}

// Later than anything its accounts and its target have seen, by a microsecond at least: that is what ids count in.
timestamp working_balances::record_time(const instruction& what, timestamp now) const {
    auto at = std::max(now, last_recorded_at_ + 1us);
    for (const auto& l : what.legs)
        for (const auto& id : {l.debit_account_id, l.credit_account_id})
            if (const auto found = account_index_.find({what.org, id}); found != account_index_.end())
                at = std::max(at, accounts_[found->second].last_recorded_at + 1us);
    if (locks_ && (at.time_since_epoch().count() % 2 == 0) != (*locks_ == account_locks::taken))
        at += 1us;
    return at;
}

result<> working_balances::enter(const instruction& what, std::size_t leg, bool debit, applied& out) {
    const auto index = find_account(what, leg, debit);
    if (!index)
        return index.error();
    auto& a = accounts_[*index];
    if (!a.open && (moves(what) || what.pending))
        return at_leg(errc::account_not_open, what, leg, debit, "is frozen or closed");
    if (debit)
        out.currencies[leg] = a.currency;
    else if (out.currencies[leg] != a.currency)
        return at_leg(errc::currency_mismatch, what, leg, debit, "is in " + a.currency);

    const auto& l = what.legs[leg];
    const auto moved = moves(what) ? (debit ? l.amount : -l.amount) : 0;
    const auto held = what.pending ? l.amount : releases(what.kind) ? -l.of_target : 0;
    undo_.push_back(
        earlier_account{*index, {a.seq, a.balance, a.pending_debits, a.pending_credits, a.last_recorded_at}});
    ++a.seq;
    a.balance += moved;
    (debit ? a.pending_debits : a.pending_credits) += held;
    a.last_recorded_at = out.recorded_at;
    if (!is_exact(a))
        return at_leg(errc::balance_out_of_range, what, leg, debit, "would hold too much");
    if (!releases(what.kind))
        if (const auto broken = broken_limit(a, debit))
            return beyond_limit(*broken, what, leg, debit, a);
    out.entries.push_back(
        {a.key, out.id, out.recorded_at, out.effective_at, a.seq, moved, held, a.balance, a.pending_debits,
         a.pending_credits, static_cast<std::int16_t>(leg), debit, a.currency});
    return {};
}

// A reversal takes the way of its target back, from the last leg to the first: what went through an account is there to
// be taken from it. Its entries still stand in the order of the legs.
result<> working_balances::apply_legs(const instruction& what, applied& out) {
    const auto count = what.legs.size();
    const bool backwards = what.kind == transfer_kind::reversal;
    out.currencies.resize(count);
    out.entries.reserve(2 * count);
    for (std::size_t i = 0; i < count; ++i)
        for (const bool debit : {true, false})
            if (auto entered = enter(what, backwards ? count - 1 - i : i, debit, out); !entered)
                return entered;
    if (backwards)
        std::stable_sort(
            out.entries.begin(), out.entries.end(), [](const auto& a, const auto& b) { return a.leg < b.leg; });
    return {};
}

void working_balances::settle_target(const instruction& what, const applied& done) {
    const auto index = target_index_.at({what.org, *what.target_id});
    auto& target = targets_[index];
    undo_.push_back(earlier_target{index, target});
    target.changed = true;
    if (what.kind != transfer_kind::reversal) {
        target.now.state = done.state;
        target.now.settled_by = done.id;
        return;
    }
    target.now.reversed += done.amount;
    target.now.reversed_legs.resize(what.legs.size());
    for (std::size_t i = 0; i < what.legs.size(); ++i)
        target.now.reversed_legs[i] += what.legs[i].amount;
}

result<applied> working_balances::apply(const instruction& what, timestamp now) {
    applied out;
    out.recorded_at = record_time(what, now);
    if (out.recorded_at > now + furthest_ahead)
        return account_of_the_future(out.recorded_at);
    out.id = uuid::v7(out.recorded_at);
    out.effective_at = what.effective_at.value_or(out.recorded_at);
    out.state = state_after(what);
    for (const auto& l : what.legs)
        out.amount += l.amount;
    if (const auto closed = closed_before_.find(what.org);
        closed != closed_before_.end() && out.effective_at < closed->second)
        return errc::period_closed;
    if (what.expires_at && *what.expires_at <= out.recorded_at)
        return invalid("/expires_at", "must lie in the future");
    if (auto fine = check_target(what, out.recorded_at); !fine)
        return fine.error();
    const auto before = here();
    if (auto done = apply_legs(what, out); !done) {
        back_to(before);
        return done.error();
    }
    if (what.target_id)
        settle_target(what, out);
    last_recorded_at_ = out.recorded_at;
    return out;
}

std::vector<target_state> working_balances::changed_targets() const {
    std::vector<target_state> out;
    for (const auto& t : targets_)
        if (t.changed)
            out.push_back(t.now);
    return out;
}

} // namespace bursar::handlers::transfers
