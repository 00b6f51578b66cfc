#include "handlers/ledger/proof/transfer_rules.hpp"

#include "handlers/ledger/currencies.hpp"
#include "handlers/ledger/proof/arithmetic.hpp"
#include "handlers/ledger/transfers/exchange_rate.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace bursar::handlers::ledger_proof {

using db::repositories::leg_side;
using server::uuid;

namespace {

bool settles(std::string_view kind) noexcept {
    return kind == "posting" || kind == "void" || kind == "expiry";
}

// The state of a pending transfer after what settled it.
std::string_view settled_state(std::string_view kind) noexcept {
    return kind == "posting" ? "posted" : kind == "void" ? "voided" : "expired";
}

class transfer_proof {
public:
    transfer_proof(const proof_transfer& t, findings& out)
        : t_(t)
        , out_(out)
        , pending_(std::any_of(t.own.begin(), t.own.end(), [](const leg_side& s) { return s.held > 0; })) {
        for (const auto& side : t.own)
            legs_[side.leg].push_back(&side);
    }

    void prove() {
        if (t_.target_id && !t_.target_found)
            add(invariant::target_exists, "transfer " + t_.target_id->to_string(), "none");
        for (const auto& [leg, sides] : legs_)
            check_leg(leg, sides);
        check_count();
        check_amount();
        if (t_.fx_leg)
            check_conversion(*t_.fx_leg);
        check_settlement();
        for (const auto& side : t_.own)
            check_release(side);
        for (const auto& side : t_.followed)
            check_follower(side);
        check_reversals();
    }

private:
    void add(invariant broken, std::string expected, std::string found, std::optional<std::int16_t> leg = {}) {
        auto where = "transfer " + t_.key.id.to_string();
        if (leg)
            where += ", leg " + std::to_string(*leg);
        out_.push_back({broken, t_.key.org, std::move(where), std::move(expected), std::move(found)});
    }

    void check_leg(std::int16_t leg, const std::vector<const leg_side*>& sides) {
        std::int64_t amount = 0;
        std::int64_t held = 0;
        for (const auto* s : sides) {
            amount = sum(amount, s->amount);
            held = sum(held, s->debit ? s->held : negative(s->held));
            if (!s->account_found)
                add(invariant::entry_account, "account " + s->account_id.to_string(), "none", leg);
            const bool fits = t_.kind == "transfer" ? (s->held > 0 ? s->amount == 0 : s->held == 0)
                              : settles(t_.kind)    ? s->held < 0
                                                    : s->held == 0;
            if (!fits)
                add(invariant::holds_matched, "what a " + t_.kind + " holds", std::to_string(s->held), leg);
        }
        if (sides.size() != 2 || sides[0]->debit == sides[1]->debit)
            add(invariant::legs_balanced, "a debit and a credit", std::to_string(sides.size()) + " entries", leg);
        else if (sides[0]->currency != sides[1]->currency)
            add(invariant::legs_balanced, "one currency", sides[0]->currency + " and " + sides[1]->currency, leg);
        if (amount != 0)
            add(invariant::legs_balanced, "debits less credits 0", std::to_string(amount), leg);
        if (held != 0)
            add(invariant::legs_balanced, "debits less credits held 0", std::to_string(held), leg);
    }

    void check_count() {
        const auto wanted = 2 * static_cast<std::size_t>(std::max<std::int16_t>(t_.legs, 0));
        if (t_.own.size() != wanted)
            add(invariant::entry_count, std::to_string(wanted) + " entries", std::to_string(t_.own.size()));
        std::set<uuid> accounts;
        for (const auto& side : t_.own)
            accounts.insert(side.account_id);
        if (static_cast<std::size_t>(t_.accounts) != accounts.size())
            add(invariant::entry_count, "entries on " + std::to_string(t_.accounts) + " accounts",
                std::to_string(accounts.size()));
    }

    // What was moved or held; of a void or an expiry what was let go.
    void check_amount() {
        const bool lets_go = settles(t_.kind) && t_.kind != "posting";
        std::int64_t moved = 0;
        for (const auto& side : t_.own)
            if (side.debit)
                moved =
                    sum(moved, lets_go ? negative(side.held) : sum(side.amount, std::max<std::int64_t>(side.held, 0)));
        if (t_.amount != moved)
            add(invariant::amount_matches, std::to_string(moved), std::to_string(t_.amount));
    }

    // The first leg in the base currency and the second in the quote currency; of a reversal, taken back. A currency
    // whose smallest unit is not known any more has left ISO 4217: its rate is not looked at.
    void check_conversion(std::int16_t leg) {
        const bool back = t_.kind == "reversal";
        const auto* base = outer_side(leg, !back);
        const auto* quote = outer_side(static_cast<std::int16_t>(leg + 1), back);
        if (base == nullptr || quote == nullptr) {
            add(invariant::conversion_sound, "two legs by way of clearing accounts", "others", leg);
            return;
        }
        if (base->currency == quote->currency)
            add(invariant::conversion_sound, "two currencies", base->currency, leg);
        const auto base_exponent = exponent_of(*base);
        const auto quote_exponent = exponent_of(*quote);
        if (!base_exponent || !quote_exponent)
            return;
        const transfers::money from{moved(*base), *base_exponent};
        const transfers::money to{moved(*quote), *quote_exponent};
        if (from.amount <= 0 || to.amount <= 0)
            add(invariant::conversion_sound, "amounts above 0", std::to_string(std::min(from.amount, to.amount)), leg);
        else if (!transfers::agrees(t_.fx_rate, from, to))
            add(invariant::conversion_sound, "rate " + transfers::rate_between(from, to), t_.fx_rate, leg);
    }

    // The side of a leg that stands on a client's account, when the other one stands on its clearing account.
    const leg_side* outer_side(std::int16_t leg, bool debit) const {
        const leg_side* out = nullptr;
        bool cleared = false;
        for (const auto& s : t_.own) {
            if (s.leg == leg && s.debit == debit && !s.clearing)
                out = &s;
            cleared = cleared || (s.leg == leg && s.debit != debit && s.clearing);
        }
        return cleared ? out : nullptr;
    }

    // Above zero on either side; of a hold what is held.
    static std::int64_t moved(const leg_side& s) {
        return sum(s.debit ? s.amount : negative(s.amount), std::max<std::int64_t>(s.held, 0));
    }

    static std::optional<int> exponent_of(const leg_side& s) {
        return handlers::exponent_of(s.currency, s.asset_exponent);
    }

    void check_settlement() {
        std::int64_t count = 0;
        std::string expected = pending_ ? "pending" : "posted";
        std::string by = "nothing";
        for (const auto& f : t_.following) {
            if (!settles(f.kind))
                continue;
            count += f.count;
            expected = settled_state(f.kind);
            by = f.one.to_string();
        }
        if (count > (pending_ ? 1 : 0)) {
            add(invariant::settled_once, pending_ ? "settled once" : "never pending",
                "settled " + std::to_string(count) + " times");
            return;
        }
        if (t_.kind == "transfer" && t_.state != expected)
            add(invariant::settled_once, "state " + expected, t_.state);
        const auto says = t_.settled_by ? t_.settled_by->to_string() : "nothing";
        if (says != by)
            add(invariant::settled_once, "settled by " + by, says);
    }

    // What settled transfers did to one side of this one: all the hold released, no more posted than was held.
    void check_release(const leg_side& side) {
        const bool settled =
            std::any_of(t_.following.begin(), t_.following.end(), [](const auto& f) { return settles(f.kind); });
        std::int64_t released = 0;
        for (const auto& f : t_.followed) {
            if (!settles(f.kind) || f.leg != side.leg || f.debit != side.debit || f.account_id != side.account_id)
                continue;
            released = sum(released, f.held);
            const auto posted = f.debit ? f.amount : negative(f.amount);
            const auto most = f.kind == "posting" ? side.held : 0;
            if (posted > most || posted < 0)
                add(invariant::hold_exceeded, "at most " + std::to_string(most) + " posted", std::to_string(posted),
                    side.leg);
        }
        if (settled && pending_ && released != negative(side.held))
            add(invariant::hold_released, std::to_string(side.held) + " released", std::to_string(negative(released)),
                side.leg);
    }

    // Followers touch what their target touched: the same sides, or the opposite ones to take them back.
    void check_follower(const leg_side& f) {
        const bool same = std::any_of(t_.own.begin(), t_.own.end(), [&f](const leg_side& s) {
            return s.leg == f.leg && s.account_id == f.account_id && (s.debit == f.debit) == settles(f.kind);
        });
        if (!same)
            add(settles(f.kind) ? invariant::hold_released : invariant::reversal_exceeded,
                "a " + f.kind + " of its own accounts", "account " + f.account_id.to_string(), f.leg);
    }

    // By leg: what was posted, and what of it was taken back from the account it went to.
    void check_reversals() {
        std::vector<std::int64_t> by_leg;
        std::int64_t all = 0;
        for (const auto& [leg, sides] : legs_) {
            by_leg.push_back(reversed_of(leg, sides));
            all = sum(all, by_leg.back());
        }
        if (t_.reversed != all)
            add(invariant::reversal_recorded, "reversed " + std::to_string(all), std::to_string(t_.reversed));
        const bool none = t_.reversed_legs.empty() && all == 0;
        if (!none && t_.reversed_legs != by_leg)
            add(invariant::reversal_recorded, "reversed by leg " + list(by_leg), list(t_.reversed_legs));
    }

    std::int64_t reversed_of(std::int16_t leg, const std::vector<const leg_side*>& sides) {
        std::int64_t reversed = 0;
        for (const auto* side : sides) {
            std::int64_t posted = side->amount;
            std::int64_t back = 0;
            for (const auto& f : t_.followed) {
                if (f.leg != leg || f.account_id != side->account_id)
                    continue;
                if (f.kind == "posting" && f.debit == side->debit)
                    posted = sum(posted, f.amount);
                if (f.kind == "reversal" && f.debit != side->debit)
                    back = sum(back, f.amount);
            }
            posted = side->debit ? posted : negative(posted);
            back = side->debit ? negative(back) : back;
            if (back > posted)
                add(invariant::reversal_exceeded, "at most " + std::to_string(posted) + " reversed",
                    std::to_string(back), leg);
            if (side->debit)
                reversed = sum(reversed, back);
        }
        return reversed;
    }

    static std::string list(const std::vector<std::int64_t>& of) {
        std::string out;
        for (const auto each : of)
            out.append(out.empty() ? "" : ", ").append(std::to_string(each));
        return out.empty() ? "nothing" : out;
    }

    const proof_transfer& t_;
    findings& out_;
    const bool pending_;
    std::map<std::int16_t, std::vector<const leg_side*>> legs_;
};

} // namespace

void prove_transfer(const proof_transfer& transfer, findings& out) {
    transfer_proof{transfer, out}.prove();
}

} // namespace bursar::handlers::ledger_proof
