#include "tests/faults/ledger/model_books.hpp"

#include <algorithm>
#include <cstdlib>

namespace bursar::tests {

namespace {

bool exact(std::int64_t number) {
    return std::abs(number) <= largest_exact;
}

bool moves(const model_request& what) {
    return !what.pending &&
           (what.what == action::transfer || what.what == action::post || what.what == action::reverse);
}

} // namespace

void model_line::write(model_account& on) const {
    (debit ? on.debits : on.credits) += amount;
    (debit ? on.held_debits : on.held_credits) += held;
    ++on.seq;
}

std::string model_line::refusal(const model_account& before, bool lets_go) const {
    auto after = before;
    write(after);
    for (const auto number :
         {after.posted(), after.pending_in(), after.pending_out(), after.available(),
          after.posted() + after.pending_in()})
        if (!exact(number))
            return "BALANCE_OUT_OF_RANGE";
    if (lets_go)
        return {};
    const bool falls = debit == before.credit_normal;
    if (falls && before.floor && after.available() < *before.floor)
        return "INSUFFICIENT_FUNDS";
    if (!falls && before.ceiling && after.posted() + after.pending_in() > *before.ceiling)
        return "LIMIT_EXCEEDED";
    return {};
}

std::string model_books::moved_by(const std::string& id) const {
    const auto found = transfers_.find(id);
    const bool posted_later = found != transfers_.end() && found->second.how == action::post;
    return posted_later ? found->second.settled_by : id;
}

std::vector<model_line> model_books::lines_of(const model_request& what, std::string& why) const {
    std::vector<model_leg> legs = what.legs;
    std::vector<std::int64_t> held(legs.size(), 0);
    if (what.what != action::transfer) {
        const auto found = transfers_.find(what.what == action::reverse ? moved_by(what.target) : what.target);
        if (found == transfers_.end()) {
            why = "NOT_FOUND";
            return {};
        }
        const auto& target = found->second;
        const auto kind = target.request.what;
        const bool posted = kind == action::post || (kind == action::transfer && !target.request.pending);
        const bool waits = kind == action::transfer && target.request.pending && target.settled_by.empty();
        if (what.what == action::reverse ? !posted : !waits) {
            why = "INVALID_STATE";
            return {};
        }
        legs = target.legs;
        held.assign(legs.size(), 0);
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < legs.size(); ++i) {
            const auto whole = legs[i].amount;
            const auto left = what.what == action::reverse ? whole - target.reversed[i] : whole;
            const auto wanted = what.amounts.empty() ? left : what.amounts[i];
            if (wanted > left)
                why = "AMOUNT_EXCEEDED";
            sum += wanted;
            legs[i].amount = wanted;
            if (what.what == action::reverse)
                std::swap(legs[i].debit, legs[i].credit);
            else
                held[i] = -whole;
        }
        if (sum == 0)
            why = "AMOUNT_EXCEEDED";
        if (!why.empty())
            return {};
    }
    std::vector<model_line> out;
    for (std::size_t i = 0; i < legs.size(); ++i)
        for (const bool debit : {true, false})
            out.push_back(
                {debit ? legs[i].debit : legs[i].credit, i, debit, moves(what) ? legs[i].amount : 0,
                 what.pending ? legs[i].amount : held[i]});
    if (what.what == action::reverse) // the way back: the last leg first
        std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.leg > b.leg; });
    return out;
}

std::string model_books::apply(const model_request& what, const std::string& id) {
    std::string why;
    auto lines = lines_of(what, why);
    if (!why.empty())
        return why;
    const auto before = accounts_;
    model_transfer made{what, {}, {}, {}, {}};
    const bool lets_go = what.what == action::post || what.what == action::void_ || what.what == action::expire;
    for (const auto& line : lines) {
        auto& account = accounts_[line.account];
        if (!account.open && (what.pending || moves(what)))
            why = "ACCOUNT_NOT_OPEN";
        else if (!line.debit && accounts_[made.legs.back().debit].currency != account.currency)
            why = "CURRENCY_MISMATCH";
        else
            why = line.refusal(account, lets_go);
        if (!why.empty()) {
            accounts_ = before;
            return why;
        }
        line.write(account);
        if (line.debit)
            made.legs.push_back({line.account, 0, what.pending ? line.held : moves(what) ? line.amount : -line.held});
        else
            made.legs.back().credit = line.account;
    }
    made.reversed.assign(made.legs.size(), 0);
    if (what.what == action::reverse) {
        std::reverse(made.legs.begin(), made.legs.end());
        auto& target = transfers_.at(moved_by(what.target));
        for (std::size_t i = 0; i < made.legs.size(); ++i)
            target.reversed[i] += made.legs[i].amount;
    } else if (what.what != action::transfer) {
        auto& target = transfers_.at(what.target);
        target.settled_by = id;
        target.how = what.what;
    }
    transfers_.emplace(id, std::move(made));
    lines_ = std::move(lines);
    return {};
}

} // namespace bursar::tests
