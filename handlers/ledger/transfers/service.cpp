#include "handlers/ledger/transfers/service.hpp"

#include "handlers/shared/refusals.hpp"
#include "server/secret.hpp"

namespace bursar::handlers::transfers {

using db::repositories::transfer_view;

namespace {

instruction begin(const keyed_request& who, transfer_kind kind) {
    instruction out;
    out.org = who.caller.org;
    out.actor = who.caller.id;
    out.tells_balances = who.caller.may(server::permission::ledger_read);
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

// What the short form lacks, all of it.
error missing_of(const new_transfer& input) {
    error out{errc::validation_failed};
    const auto want = [&out](bool stands, const char* pointer) {
        if (!stands)
            out.fields.push_back({pointer, "is required, or legs"});
    };
    want(input.debit_account_id.has_value(), "/debit_account_id");
    want(input.credit_account_id.has_value(), "/credit_account_id");
    want(input.amount.has_value(), "/amount");
    return out;
}

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
                errc::amount_exceeded, "Of /legs/" + std::to_string(i) + " " + std::to_string(l.amount) + " is held.");
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

// With a fault when the request is not valid.
instruction instruction_for(const keyed_request& who, const new_transfer& input, part_of within) {
    auto what = begin(who, transfer_kind::transfer);
    what.within = within;
    auto moved = movements_of(input);
    const auto fine = moved ? check_times(input) : moved.error();
    if (!fine) {
        what.fault = fine.error();
        if (within != part_of::nothing && what.fault->fields.size() > 1)
            what.fault->fields.resize(1); // so much of a refusal is kept
        return what;
    }
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

// What the database has failed at is no refusal: the request comes again.
bool is_refusal(const error& why) {
    return server::describe(why.code).status < 500;
}

// Nothing of it is looked at any more, but its key.
void turn_down(instruction& what, error why) {
    what.legs.clear();
    what.fx.reset();
    what.fault = std::move(why);
}

bool any_conversion(const std::vector<instruction>& all) {
    return std::any_of(all.begin(), all.end(), [](const auto& what) { return what.fx.has_value(); });
}

// A member of a batch is known again by the batch's key and its place.
uuid key_of_member(const keyed_request& batch, std::size_t place) {
    return uuid::v8(server::sha256(batch.key.key.to_string() + ' ' + std::to_string(place)));
}

std::vector<instruction>
members_of(const keyed_request& batch, std::span<const new_transfer> inputs, std::size_t first, part_of within) {
    std::vector<instruction> out;
    out.reserve(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        out.push_back(instruction_for(batch, inputs[i], within));
        out.back().idempotency_key = key_of_member(batch, first + i);
    }
    return out;
}

// The body of a batch is hashed once, and not for each of its members.
void hash_bytes_once(server::http::request_key& key) {
    key.fingerprint_of_bytes = [hash = std::move(key.fingerprint_of_bytes), known = std::optional<uuid>{}]() mutable {
        if (!known)
            known = hash ? hash() : uuid{};
        return *known;
    };
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
        if (auto missing = missing_of(input); !missing.fields.empty())
            return missing;
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

awaitable<transfer_result> service::create(keyed_request who, const new_transfer& input, deadline until) const {
    auto what = instruction_for(who, input, part_of::nothing);
    if (what.fault)
        co_return transfer_result{*what.fault, false, {}};
    if (what.fx) {
        const std::span<instruction> only{&what, 1};
        const auto faults = co_await fx_.complete(only, until);
        if (faults.front())
            co_return co_await refuse(who, std::move(what), *faults.front(), until);
    }
    co_return co_await write(who, std::move(what), until);
}

awaitable<result<bool>> service::begin_batch(keyed_request& who, deadline until) const {
    const auto claimed = co_await batch_keys_.claim(
        database_, who.caller.org, who.key.key, who.key.fingerprint, key_of_member(who, 0), until);
    if (!claimed)
        co_return claimed.error();
    if (!who.key.has(claimed->request_hash))
        co_return errc::idempotency_key_reused;
    who.key.fingerprint = claimed->request_hash;
    co_return claimed->answered;
}

awaitable<result<>> service::end_batch(keyed_request who, deadline until) const {
    return batch_keys_.set_answered(database_, who.caller.org, who.key.key, until);
}

// Completes the conversions among them. What cannot be done is turned down; what the database failed at is returned.
awaitable<std::vector<std::optional<error>>> service::complete(std::vector<instruction>& all, deadline until) const {
    std::vector<std::optional<error>> failures(all.size());
    if (!any_conversion(all))
        co_return failures;
    auto faults = co_await fx_.complete(all, until);
    for (std::size_t i = 0; i < all.size(); ++i)
        if (faults[i] && is_refusal(*faults[i]))
            turn_down(all[i], std::move(*faults[i]));
        else
            failures[i] = std::move(faults[i]);
    co_return failures;
}

awaitable<std::vector<transfer_result>>
service::create_each(keyed_request who, std::span<const new_transfer> inputs, std::size_t first, deadline until) const {
    hash_bytes_once(who.key);
    auto all = members_of(who, inputs, first, part_of::batch);
    const auto failures = co_await complete(all, until);
    std::vector<transfer_result> out;
    std::vector<instruction> sound;
    std::vector<std::size_t> places; // of those
    for (std::size_t i = 0; i < all.size(); ++i) {
        out.push_back({failures[i].value_or(error{}), false, {}});
        if (failures[i])
            continue;
        sound.push_back(std::move(all[i]));
        places.push_back(i);
    }
    auto written = co_await writer_.write_each(std::move(sound), until);
    for (std::size_t i = 0; i < places.size(); ++i)
        out[places[i]] = co_await result_for(who, std::move(written[i]), until);
    co_return out;
}

awaitable<std::vector<transfer_result>>
service::create_all(keyed_request who, std::span<const new_transfer> inputs, deadline until) const {
    hash_bytes_once(who.key);
    auto whole = members_of(who, inputs, 0, part_of::atomic_batch);
    const auto only = [](error why) {
        return std::vector<transfer_result>{transfer_result{std::move(why), false, {}}};
    };
    const auto failures = co_await complete(whole, until);
    for (const auto& failure : failures)
        if (failure)
            co_return only(*failure);
    auto written = co_await writer_.write_group(std::move(whole), until);
    if (!written)
        co_return only(written.error());
    std::vector<transfer_result> out;
    for (auto& each : *written) {
        result<outcome> one{std::move(each)};
        auto made = co_await result_for(who, std::move(one), until);
        if (!made.what)
            out.clear();
        out.push_back(std::move(made));
        if (!out.back().what)
            break;
    }
    co_return out;
}

awaitable<transfer_result> service::post(keyed_request who, uuid id, const part& input, deadline until) const {
    auto what = begin(who, transfer_kind::posting);
    what.target_id = id;
    const auto target = co_await find_target(who.caller.org, id, until);
    if (!target)
        co_return co_await refuse(who, std::move(what), target.error(), until);
    const auto amounts = amounts_of(input, target->legs.size());
    const auto fits = amounts ? add_legs(what, *target, *amounts) : amounts.error();
    if (!fits)
        co_return co_await refuse(who, std::move(what), fits.error(), until);
    co_return co_await write(who, std::move(what), until);
}

awaitable<transfer_result> service::void_transfer(keyed_request who, uuid id, deadline until) const {
    auto what = begin(who, transfer_kind::void_);
    what.target_id = id;
    const auto target = co_await find_target(who.caller.org, id, until);
    const std::vector<std::int64_t> all;
    const auto fits = target ? add_legs(what, *target, all) : target.error();
    if (!fits)
        co_return co_await refuse(who, std::move(what), fits.error(), until);
    co_return co_await write(who, std::move(what), until);
}

// What moved the money of a pending transfer is its posting, so that is what is reversed.
awaitable<transfer_result> service::reverse(keyed_request who, uuid id, const part& input, deadline until) const {
    auto what = begin(who, transfer_kind::reversal);
    what.target_id = id;
    auto target = co_await find_target(who.caller.org, id, until);
    if (target && target->state == transfer_state::posted && target->settled_by)
        target = co_await find_target(who.caller.org, *target->settled_by, until);
    if (!target)
        co_return co_await refuse(who, std::move(what), target.error(), until);
    what.target_id = target->id;
    const auto amounts = amounts_of(input, target->legs.size());
    const auto fits = amounts ? add_legs(what, *target, *amounts) : amounts.error();
    if (!fits)
        co_return co_await refuse(who, std::move(what), fits.error(), until);
    for (auto& l : what.legs)
        std::swap(l.debit_account_id, l.credit_account_id);
    co_return co_await write(who, std::move(what), until);
}

awaitable<result<transfer>> service::get(const principal& caller, uuid id, deadline until) const {
    return find(caller.org, id, until);
}

awaitable<result<page<transfer>>> service::list(
    const principal& caller, const db::repositories::transfer_filter& filter, std::optional<uuid> before, int limit,
    deadline until) const {
    return rows_.list(database_.lists(), caller.org, filter, before, limit, until);
}

awaitable<result<transfer>> service::find(uuid org, uuid id, deadline until) const {
    return rows_.find(database_, org, id, transfer_view::now, until);
}

awaitable<result<transfer>> service::find_target(uuid org, uuid id, deadline until) const {
    auto found = co_await find(org, id, until);
    if (found && found->legs.empty())
        co_return archived();
    co_return found;
}

awaitable<transfer_result> service::write(const keyed_request& who, instruction what, deadline until) const {
    auto written = co_await writer_.write(std::move(what), until);
    co_return co_await result_for(who, std::move(written), until);
}

// Behind the key: a request that was answered before is answered alike, whatever its accounts and its target are by
// now.
awaitable<transfer_result>
service::refuse(const keyed_request& who, instruction what, error why, deadline until) const {
    if (!is_refusal(why))
        co_return transfer_result{std::move(why), false, {}};
    turn_down(what, std::move(why));
    co_return co_await write(who, std::move(what), until);
}

awaitable<transfer_result>
service::result_for(const keyed_request& who, result<outcome> written, deadline until) const {
    if (!written)
        co_return transfer_result{written.error(), false, {}};
    if (auto* const made = std::get_if<transfer>(&*written))
        co_return transfer_result{std::move(*made), false, {}};
    if (auto* const other = std::get_if<other_request>(&*written)) {
        if (!who.key.has(other->request_hash))
            co_return transfer_result{errc::idempotency_key_reused, false, {}};
        co_return co_await result_of_repeated(who.caller.org, std::move(other->answer), until);
    }
    if (auto* const no = std::get_if<refusal>(&*written))
        co_return transfer_result{std::move(no->reason), no->replayed, no->request_id};
    co_return co_await result_of_repeated(who.caller.org, std::get<replay>(*written), until);
}

awaitable<transfer_result>
service::result_of_repeated(uuid org, std::variant<replay, refusal> answer, deadline until) const {
    if (auto* const no = std::get_if<refusal>(&answer))
        co_return transfer_result{std::move(no->reason), true, no->request_id};
    const auto id = std::get<replay>(answer).transfer_id;
    auto found = co_await rows_.find(database_, org, id, transfer_view::as_answered, until);
    // It was done, and no answer may sound as if it was not.
    if (!found)
        co_return transfer_result{
            error{errc::outcome_unknown, "done before, but not to be read: " + found.error().detail}, false, {}};
    co_return transfer_result{std::move(found), true, {}};
}

} // namespace bursar::handlers::transfers
