#include "handlers/transfers/service.hpp"

#include "handlers/refusals.hpp"
#include "server/secret.hpp"

namespace bursar::handlers::transfers {

using db::repositories::transfer_view;
using server::errc;
using server::error;

namespace {

instruction begin(const request_identity& who, transfer_kind kind) {
    instruction out;
    out.org = who.caller.org;
    out.actor = who.caller.id;
    out.kind = kind;
    out.idempotency_key = who.key.key;
    out.request_hash = who.key.fingerprint;
    out.request_id = who.request_id;
    return out;
}

// What does not change as time goes by: a request that is repeated later must not fail for that.
result<> check_times(const new_transfer& input) {
    if (input.expires_at && !input.pending)
        return invalid("/expires_at", "is for pending transfers");
    return {};
}

constexpr std::size_t most_legs = 64;

// One leg, or the two of a conversion.
result<> add_leg(movements& to, const new_leg& l, const std::string& at) {
    if (l.debit_account_id == l.credit_account_id)
        return invalid(at + "/credit_account_id", "must be another account than the debited one");
    if (!l.credit_amount) {
        to.legs.push_back({l.debit_account_id, l.credit_account_id, l.amount});
        return {};
    }
    if (to.fx)
        return invalid(at + "/credit_amount", "stands in another leg already: a transfer has one conversion at most");
    to.fx.emplace().leg = static_cast<std::int64_t>(to.legs.size());
    to.legs.push_back({l.debit_account_id, {}, l.amount});
    to.legs.push_back({{}, l.credit_account_id, *l.credit_amount});
    return {};
}

// The amount for each leg of the target; empty: all that is left.
result<std::vector<std::int64_t>> amounts_of(const part& input, std::size_t legs) {
    if (input.amount && input.amounts)
        return invalid("/amounts", "cannot stand beside amount");
    if (input.amount) {
        if (legs != 1)
            return invalid("/amount", "is for transfers with one leg; give amounts");
        return std::vector<std::int64_t>{*input.amount};
    }
    if (!input.amounts)
        return std::vector<std::int64_t>{};
    if (input.amounts->size() != legs)
        return invalid("/amounts", "must have " + std::to_string(legs) + " elements, one for each leg");
    if (std::all_of(input.amounts->begin(), input.amounts->end(), [](auto a) { return a == 0; }))
        return invalid("/amounts", "must not all be 0");
    return *input.amounts;
}

// Both legs of a conversion or neither, so that no part of it is at another rate.
result<> keep_conversion_whole(const transfer& target, const std::vector<std::int64_t>& amounts) {
    if (!target.fx || amounts.empty())
        return {};
    const auto at = static_cast<std::size_t>(target.fx->leg);
    const bool none = amounts[at] == 0 && amounts[at + 1] == 0;
    const bool whole = amounts[at] == target.legs[at].amount && amounts[at + 1] == target.legs[at + 1].amount;
    if (none || whole)
        return {};
    return invalid(
        "/amounts/" + std::to_string(at), "and the next one are a conversion: give " +
                                              std::to_string(target.legs[at].amount) + " and " +
                                              std::to_string(target.legs[at + 1].amount) + ", or 0 and 0");
}

// The target's legs with the amounts asked for, or what is left of them. Of a reversal the writer says, behind the key,
// whether that is too much: this very request may have taken it, or been refused before there was a posting.
result<> add_legs(instruction& out, const transfer& target, const std::vector<std::int64_t>& amounts) {
    for (std::size_t i = 0; i < target.legs.size(); ++i) {
        const auto& l = target.legs[i];
        const auto left = l.amount - (target.reversed_legs.empty() ? 0 : target.reversed_legs[i]);
        const auto amount = amounts.empty() ? left : amounts[i];
        if (out.kind == transfer_kind::posting && amount > l.amount)
            return with_message(
                errc::amount_exceeded, "Leg " + std::to_string(i + 1) + " is of " + std::to_string(l.amount) + ".");
        out.legs.push_back({l.debit_account_id, l.credit_account_id, amount, l.amount});
    }
    if (out.kind == transfer_kind::void_)
        return {};
    if (auto whole = keep_conversion_whole(target, amounts); !whole)
        return whole;
    if (target.fx && out.legs[static_cast<std::size_t>(target.fx->leg)].amount > 0)
        out.fx = target.fx;
    return {};
}

result<instruction> instruction_for(const request_identity& who, const new_transfer& input) {
    auto moved = movements_of(input);
    if (!moved)
        return moved.error();
    if (const auto fine = check_times(input); !fine)
        return fine.error();
    auto what = begin(who, transfer_kind::transfer);
    what.legs = std::move(moved->legs);
    what.fx = std::move(moved->fx);
    what.pending = input.pending;
    what.description = input.description;
    what.external_reference = input.external_reference;
    what.metadata = input.metadata.text;
    what.effective_at = input.effective_at;
    what.expires_at = input.expires_at;
    return what;
}

bool any_conversion(const std::vector<instruction>& all) {
    return std::any_of(all.begin(), all.end(), [](const auto& what) { return what.fx.has_value(); });
}

// A member of a batch is known again by the batch's key and its place.
request_identity member_of(const request_identity& batch, std::size_t place) {
    auto out = batch;
    out.key.key = uuid::v8(server::sha256(batch.key.key.to_string() + ' ' + std::to_string(place)));
    return out;
}

// A fault of one member, named by where it stands in the request.
error in_batch(error why, std::size_t place) {
    if (!why.fields.empty())
        why.fields.front().pointer.insert(0, "/transfers/" + std::to_string(place));
    return why;
}

} // namespace

result<movements> movements_of(const new_transfer& input) {
    const bool any_short =
        input.debit_account_id || input.credit_account_id || input.amount || input.credit_amount.has_value();
    movements out;
    if (input.legs) {
        if (any_short)
            return invalid("/legs", "cannot stand beside debit_account_id, credit_account_id, amount or credit_amount");
        for (std::size_t i = 0; i < input.legs->size(); ++i)
            if (const auto added = add_leg(out, (*input.legs)[i], "/legs/" + std::to_string(i)); !added)
                return added.error();
        if (out.legs.size() > most_legs)
            return invalid("/legs", "must have at most 63 elements, as one of them is a conversion");
    } else {
        if (!input.debit_account_id)
            return invalid("/debit_account_id", "is required, or legs");
        if (!input.credit_account_id)
            return invalid("/credit_account_id", "is required");
        if (!input.amount)
            return invalid("/amount", "is required");
        const new_leg only{*input.debit_account_id, *input.credit_account_id, *input.amount, input.credit_amount};
        if (const auto added = add_leg(out, only, {}); !added)
            return added.error();
    }
    if (input.fx && !out.fx)
        return invalid("/fx", "is for transfers with credit_amount");
    if (input.fx) {
        out.fx->rate = input.fx->rate.value_or("");
        out.fx->source = input.fx->source;
    }
    return out;
}

awaitable<reply> service::create(request_identity who, const new_transfer& input, deadline until) const {
    auto what = instruction_for(who, input);
    if (!what)
        co_return reply{what.error(), false, {}};
    if (what->fx) {
        const std::span<instruction> only{&*what, 1};
        const auto faults = co_await fx_.complete(only, until);
        if (faults.front())
            co_return reply{*faults.front(), false, {}};
    }
    co_return co_await write(std::move(*what), until);
}

awaitable<std::vector<reply>> service::create_each(
    request_identity who, std::span<const new_transfer> inputs, std::size_t first, deadline until) const {
    std::vector<reply> out;
    std::vector<instruction> all;
    std::vector<std::size_t> places; // of those that can be written
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        auto what = instruction_for(member_of(who, first + i), inputs[i]);
        out.push_back({what ? server::error{} : what.error(), false, {}});
        if (!what)
            continue;
        all.push_back(std::move(*what));
        places.push_back(i);
    }
    if (any_conversion(all)) {
        const auto faults = co_await fx_.complete(all, until);
        std::vector<instruction> sound;
        std::vector<std::size_t> sound_places;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (faults[i]) {
                out[places[i]].what = *faults[i];
            } else {
                sound.push_back(std::move(all[i]));
                sound_places.push_back(places[i]);
            }
        all = std::move(sound);
        places = std::move(sound_places);
    }
    auto written = co_await writer_.write_each(std::move(all), until);
    for (std::size_t i = 0; i < places.size(); ++i)
        out[places[i]] = co_await reply_for(who.caller.org, std::move(written[i]), until);
    co_return out;
}

awaitable<result<std::vector<reply>>>
service::create_all(request_identity who, std::span<const new_transfer> inputs, deadline until) const {
    std::vector<instruction> whole;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        auto what = instruction_for(member_of(who, i), inputs[i]);
        if (!what)
            co_return in_batch(what.error(), i);
        whole.push_back(std::move(*what));
    }
    if (any_conversion(whole)) {
        const auto faults = co_await fx_.complete(whole, until);
        for (std::size_t i = 0; i < faults.size(); ++i)
            if (faults[i])
                co_return in_batch(*faults[i], i);
    }
    auto written = co_await writer_.write_group(std::move(whole), until);
    if (!written)
        co_return written.error();
    if (auto* const no = std::get_if<refusal>(&written->front()))
        co_return std::move(no->reason);
    std::vector<reply> out;
    for (auto& each : *written) {
        result<outcome> one{std::move(each)};
        out.push_back(co_await reply_for(who.caller.org, std::move(one), until));
    }
    co_return out;
}

awaitable<reply> service::post(request_identity who, uuid id, const part& input, deadline until) const {
    const auto target = co_await find(who.caller.org, id, until);
    if (!target)
        co_return reply{target.error(), false, {}};
    const auto amounts = amounts_of(input, target->legs.size());
    if (!amounts)
        co_return reply{amounts.error(), false, {}};
    auto what = begin(who, transfer_kind::posting);
    what.target_id = id;
    if (const auto fits = add_legs(what, *target, *amounts); !fits)
        co_return reply{fits.error(), false, {}};
    co_return co_await write(std::move(what), until);
}

awaitable<reply> service::void_transfer(request_identity who, uuid id, deadline until) const {
    const auto target = co_await find(who.caller.org, id, until);
    if (!target)
        co_return reply{target.error(), false, {}};
    auto what = begin(who, transfer_kind::void_);
    what.target_id = id;
    const std::vector<std::int64_t> all;
    if (const auto fits = add_legs(what, *target, all); !fits)
        co_return reply{fits.error(), false, {}};
    co_return co_await write(std::move(what), until);
}

// What moved the money of a pending transfer is its posting, so that is what is reversed.
awaitable<reply> service::reverse(request_identity who, uuid id, const part& input, deadline until) const {
    auto target = co_await find(who.caller.org, id, until);
    if (target && target->state == transfer_state::posted && target->settled_by)
        target = co_await find(who.caller.org, *target->settled_by, until);
    if (!target)
        co_return reply{target.error(), false, {}};
    auto amounts = amounts_of(input, target->legs.size());
    if (!amounts)
        co_return reply{amounts.error(), false, {}};
    auto what = begin(who, transfer_kind::reversal);
    what.target_id = target->id;
    if (const auto fits = add_legs(what, *target, *amounts); !fits)
        co_return reply{fits.error(), false, {}};
    for (auto& l : what.legs)
        std::swap(l.debit_account_id, l.credit_account_id);
    co_return co_await write(std::move(what), until);
}

awaitable<result<transfer>> service::get(const principal& caller, uuid id, deadline until) const {
    return find(caller.org, id, until);
}

awaitable<result<page<transfer>>> service::list(
    const principal& caller, const db::repositories::transfer_filter& filter, std::optional<uuid> before, int limit,
    deadline until) const {
    return rows_.list(database_, caller.org, filter, before, limit, until);
}

awaitable<result<transfer>> service::find(uuid org, uuid id, deadline until) const {
    return rows_.find(database_, org, id, transfer_view::now, until);
}

awaitable<reply> service::write(instruction what, deadline until) const {
    const auto org = what.org;
    auto written = co_await writer_.write(std::move(what), until);
    co_return co_await reply_for(org, std::move(written), until);
}

awaitable<reply> service::reply_for(uuid org, result<outcome> written, deadline until) const {
    if (!written)
        co_return reply{written.error(), false, {}};
    if (auto* const made = std::get_if<transfer>(&*written))
        co_return reply{std::move(*made), false, {}};
    if (auto* const no = std::get_if<refusal>(&*written))
        co_return reply{std::move(no->reason), no->replayed, no->request_id};
    const auto id = std::get<replay>(*written).transfer_id;
    auto found = co_await rows_.find(database_, org, id, transfer_view::as_answered, until);
    // It was done, and no answer may sound as if it was not.
    if (!found)
        co_return reply{
            error{errc::outcome_unknown, "done before, but not to be read: " + found.error().detail}, false, {}};
    co_return reply{std::move(found), true, {}};
}

} // namespace bursar::handlers::transfers
