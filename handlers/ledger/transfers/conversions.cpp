#include "handlers/ledger/transfers/conversions.hpp"

#include "handlers/ledger/currencies.hpp"
#include "handlers/ledger/transfers/exchange_rate.hpp"
#include "handlers/shared/refusals.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <set>

namespace bursar::handlers::transfers {

using db::repositories::convertible_account;
using server::errc;
using server::error;

namespace {

std::size_t base_leg(const instruction& what) {
    return static_cast<std::size_t>(what.fx->leg);
}

std::optional<int> exponent_of(const convertible_account& of) {
    return handlers::exponent_of(of.currency, of.asset_exponent);
}

} // namespace

// The accounts at the ends of conversions.
class convertible {
public:
    void keep(convertible_account found) { known_.insert_or_assign(found.id, std::move(found)); }

    // Names the currencies and the rate, or says why not.
    std::optional<error> settle(instruction& what) const {
        const auto at = base_leg(what);
        const auto* const base = find(what.legs[at].debit_account_id);
        const auto* const quote = find(what.legs[at + 1].credit_account_id);
        if (base == nullptr || quote == nullptr)
            return no_account(pointer_to(what, at, base == nullptr ? "debit_account_id" : "credit_account_id"));
        if (auto unfit = unfit_end(what, *base, "debit_account_id"))
            return unfit;
        if (auto unfit = unfit_end(what, *quote, "credit_account_id"))
            return unfit;
        if (base->currency == quote->currency)
            return invalid(
                pointer_to(what, at, "credit_amount"),
                "is for accounts in two currencies; both are in " + base->currency);
        const money from{what.legs[at].amount, *exponent_of(*base)};
        const money to{what.legs[at + 1].amount, *exponent_of(*quote)};
        auto& fx = *what.fx;
        if (!fx.rate.empty() && !agrees(fx.rate, from, to))
            return invalid("/fx/rate", "is not that of the amounts, which is " + rate_between(from, to));
        if (fx.rate.empty())
            fx.rate = rate_between(from, to);
        fx.base_currency = base->currency;
        fx.quote_currency = quote->currency;
        return std::nullopt;
    }

    // Of what was settled: the currencies that have no clearing account.
    void add_missing(const instruction& what, std::set<std::string>& to) const {
        for (const auto* end : ends(what))
            if (!end->clearing_id)
                to.insert(end->currency);
    }

    // Of what was settled, when nothing is missing any more.
    std::optional<error> route(instruction& what) const {
        const auto both = ends(what);
        if (!both[0]->clearing_id || !both[1]->clearing_id)
            return error{errc::internal, "a clearing account was made and is not there"};
        const auto at = base_leg(what);
        what.legs[at].credit_account_id = *both[0]->clearing_id;
        what.legs[at + 1].debit_account_id = *both[1]->clearing_id;
        return std::nullopt;
    }

private:
    const convertible_account* find(const uuid& id) const {
        const auto found = known_.find(id);
        return found == known_.end() ? nullptr : &found->second;
    }

    std::array<const convertible_account*, 2> ends(const instruction& what) const {
        const auto at = base_leg(what);
        return {find(what.legs[at].debit_account_id), find(what.legs[at + 1].credit_account_id)};
    }

    static std::optional<error> unfit_end(const instruction& what, const convertible_account& end, const char* field) {
        if (end.clearing_id == end.id)
            return invalid(pointer_to(what, base_leg(what), field), "is itself a clearing account");
        if (!exponent_of(end))
            return invalid(
                pointer_to(what, base_leg(what), field), "is in " + end.currency + ", which has no smallest unit");
        return std::nullopt;
    }

    boost::unordered_flat_map<uuid, convertible_account, server::uuid_hash> known_;
};

awaitable<std::vector<std::optional<error>>> conversions::complete(std::span<instruction> all, deadline until) const {
    std::vector<std::optional<error>> faults(all.size());
    const auto each = [&](auto visit) {
        for (std::size_t i = 0; i < all.size(); ++i)
            if (all[i].fx && !faults[i])
                visit(all[i], faults[i]);
    };
    convertible known;
    std::set<std::string> missing;
    auto done = co_await look_up(all, known, until);
    if (done) {
        each([&](auto& what, auto& fault) { fault = known.settle(what); });
        each([&](auto& what, auto&) { known.add_missing(what, missing); });
    }
    for (const auto& currency : missing)
        if (done)
            done = co_await make_clearing_account(all.front().org, currency, until);
    if (done && !missing.empty())
        done = co_await look_up(all, known, until);
    if (done)
        each([&](auto& what, auto& fault) { fault = known.route(what); });
    else
        each([&](auto&, auto& fault) { fault = done.error(); });
    co_return faults;
}

awaitable<result<>> conversions::look_up(std::span<instruction> all, convertible& into, deadline until) const {
    std::vector<uuid> ids;
    for (const auto& what : all)
        if (what.fx) {
            ids.push_back(what.legs[base_leg(what)].debit_account_id);
            ids.push_back(what.legs[base_leg(what) + 1].credit_account_id);
        }
    auto found = co_await rows_.find(database_, all.front().org, ids, until);
    if (!found)
        co_return found.error();
    for (auto& account : *found)
        into.keep(std::move(account));
    co_return result<>{};
}

// It may be there by now: then nothing is made, and it is found.
awaitable<result<>> conversions::make_clearing_account(uuid org, std::string currency, deadline until) const {
    db::repositories::new_account fields;
    fields.name = "Clearing of " + currency;
    fields.code = db::repositories::clearing_code(currency);
    fields.currency = currency;
    fields.type = db::repositories::account_type::equity;
    using db::repositories::iso_currency;
    const auto iso = iso_exponent(currency) ? iso_currency::yes : iso_currency::no;
    const auto made = co_await accounts_.insert(database_, org, uuid::v7(), fields, iso, until);
    // Of the transfer nothing was sent, whatever became of the account.
    if (!made && made.error().code == errc::outcome_unknown)
        co_return error{errc::deadline_exceeded, made.error().detail};
    if (!made)
        co_return made.error();
    co_return result<>{};
}

} // namespace bursar::handlers::transfers
