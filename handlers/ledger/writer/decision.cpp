#include "handlers/ledger/writer/decision.hpp"

#include <algorithm>

namespace bursar::handlers::transfers {

using db::repositories::batch_reading;
using db::repositories::resulting_balance;
using db::repositories::transfer;
using server::errc;
using server::error;

namespace {

void sort_unique(std::vector<row_key>& keys) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

errc code_named(std::string_view name) {
    const auto& all = server::error_descriptions();
    const auto found = std::find_if(all.begin(), all.end(), [name](const auto& d) { return d.name == name; });
    return found == all.end() ? errc::internal : found->code;
}

refusal refused_before(const db::repositories::known_request& known) {
    refusal out{error{code_named(known.code)}, true, known.request_id};
    out.reason.message = known.message;
    if (known.pointer)
        out.reason.fields.push_back({*known.pointer, known.field_message.value_or("")});
    return out;
}

std::vector<uuid> accounts_of(const applied& done) {
    std::vector<uuid> out;
    for (const auto& e : done.entries)
        if (std::find(out.begin(), out.end(), e.account.id) == out.end())
            out.push_back(e.account.id);
    return out;
}

// Whether a refusal is the answer to its key. A request that is not valid comes again corrected, but for a batch, whose
// key stands for the whole of it. A hold has one key to expire with: what came too early, by a clock that was set back,
// comes again.
bool stands(const instruction& what, const error& why) {
    if (what.kind == transfer_kind::expiry || why.code == errc::dependency_unavailable)
        return false;
    return why.code != errc::validation_failed || what.within != part_of::nothing;
}

// The accounts as the transfer left them: a later transfer of the batch may have moved them on.
std::vector<resulting_balance> balances_after(const applied& done, const working_balances& balances) {
    std::vector<resulting_balance> out;
    for (const auto& e : done.entries) {
        const auto& account = balances.account(e.account);
        auto made = db::repositories::balance_of(
            e.account.id, account.currency, account.credit_normal, {e.balance, e.pending_debits, e.pending_credits},
            e.seq);
        const auto same = [&](const auto& b) { return b.account_id == made.account_id; };
        if (const auto known = std::find_if(out.begin(), out.end(), same); known == out.end())
            out.push_back(std::move(made));
        else if (known->seq < made.seq)
            *known = std::move(made);
    }
    return out;
}

transfer shown(const instruction& what, const applied& done, const working_balances& balances) {
    transfer out;
    out.id = done.id;
    out.kind = what.kind;
    out.state = done.state;
    out.target_id = what.target_id;
    for (std::size_t i = 0; i < what.legs.size(); ++i)
        out.legs.push_back(
            {what.legs[i].debit_account_id, what.legs[i].credit_account_id, what.legs[i].amount, done.currencies[i]});
    out.description = what.description;
    out.external_reference = what.external_reference;
    out.metadata.text = what.metadata;
    out.effective_at = done.effective_at;
    out.recorded_at = done.recorded_at;
    out.actor_id = what.actor;
    out.expires_at = what.expires_at;
    out.fx = what.fx;
    out.balances = balances_after(done, balances);
    return out;
}

// A fault of one member, named by where it stands in the request.
error in_group(error why, std::size_t index) {
    const auto at = "/transfers/" + std::to_string(index);
    if (why.fields.empty())
        why.fields.push_back({at, "is refused"});
    else
        why.fields.front().pointer.insert(0, at);
    return why;
}

} // namespace

bool is_repeated(const std::vector<outcome>& whole) {
    const auto* const no = std::get_if<refusal>(&whole.front());
    return (no != nullptr && no->replayed) || std::holds_alternative<replay>(whole.front()) ||
           std::holds_alternative<other_request>(whole.front());
}

batch_reading reading_for(std::span<const group> groups) {
    batch_reading out;
    for (const auto& whole : groups)
        for (const auto& what : whole) {
            out.requests.push_back({what.org, what.idempotency_key});
            for (const auto& l : what.legs) {
                out.accounts.push_back({what.org, l.debit_account_id});
                out.accounts.push_back({what.org, l.credit_account_id});
            }
            if (what.target_id)
                out.targets.push_back({what.org, *what.target_id});
        }
    sort_unique(out.accounts);
    sort_unique(out.targets);
    return out;
}

std::vector<uuid> backdating(std::span<const group> groups) {
    std::vector<uuid> out;
    for (const auto& whole : groups)
        for (const auto& what : whole)
            if (what.effective_at && std::find(out.begin(), out.end(), what.org) == out.end())
                out.push_back(what.org);
    return out;
}

decision::decision(std::span<const group> groups, batch_facts facts, const batch_reading& asked, timestamp now)
    : balances_(std::move(facts.accounts), std::move(facts.targets), facts.locks) {
    learn(facts, asked);
    for (const auto& each : facts.closed)
        if (each.closed_before)
            balances_.close_before(each.org, *each.closed_before);
    outcomes_.reserve(groups.size());
    for (const auto& whole : groups)
        decide(whole, now);
    writing_.targets = balances_.changed_targets();
    writing_.decided_at = now;
}

void decision::learn(batch_facts& facts, const batch_reading& asked) {
    for (auto& known : facts.requests) {
        answered before{known.request_hash, replay{}};
        if (known.transfer_id)
            before.what = replay{*known.transfer_id};
        else
            before.what = refused_before(known);
        answers_.insert_or_assign(asked.requests[known.index], std::move(before));
    }
}

// The answer to the same request, if it came before. A group goes by its first member: its rows are there together.
bool decision::repeat(group whole) {
    const auto first = answers_.find({whole.front().org, whole.front().idempotency_key});
    if (first == answers_.end())
        return false;
    all_made_ = false;
    auto& out = outcomes_.back();
    for (const auto& what : whole) {
        const auto known = answers_.find({what.org, what.idempotency_key});
        const auto& answer = known == answers_.end() ? first->second : known->second;
        if (answer.request_hash != what.request_hash)
            out.emplace_back(other_request{answer.request_hash, answer.what});
        else if (const auto* done = std::get_if<replay>(&answer.what))
            out.emplace_back(*done);
        else
            out.emplace_back(std::get<refusal>(answer.what));
    }
    return true;
}

void decision::decide(group whole, timestamp now) {
    outcomes_.emplace_back();
    if (repeat(whole))
        return;
    const auto before = balances_.here();
    std::vector<applied> done;
    done.reserve(whole.size());
    for (const auto& what : whole) {
        auto made = what.fault ? result<applied>{*what.fault} : balances_.apply(what, now);
        if (!made) {
            balances_.back_to(before);
            refuse(whole, what.within == part_of::atomic_batch ? in_group(made.error(), done.size()) : made.error());
            return;
        }
        done.push_back(std::move(*made));
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
        outcomes_.back().emplace_back(shown(whole[i], done[i], balances_));
        keep(whole[i], std::move(done[i]));
    }
}

void decision::keep(const instruction& what, applied done) {
    const auto& touched = touched_.emplace_back(accounts_of(done));
    writing_.transfers.push_back(
        {{what.org, done.id},
         what.kind,
         done.state,
         what.target_id,
         what.idempotency_key,
         what.request_hash,
         done.amount,
         static_cast<std::int16_t>(what.legs.size()),
         touched,
         what.description,
         what.external_reference,
         what.metadata,
         done.effective_at,
         done.recorded_at,
         what.expires_at,
         what.actor,
         what.fx ? &*what.fx : nullptr});
    writing_.entries.insert(writing_.entries.end(), done.entries.begin(), done.entries.end());
    answers_.insert_or_assign({what.org, what.idempotency_key}, answered{what.request_hash, replay{done.id}});
}

void decision::keep_refusal(const instruction& what, const error& why) {
    const auto& reason = reasons_.emplace_back(why);
    db::repositories::new_refusal_row row{
        what.org, what.idempotency_key, what.request_hash, server::describe(reason.code).name, reason.message, {},
        {},       what.request_id};
    if (!reason.fields.empty()) {
        row.pointer = reason.fields.front().pointer;
        row.field_message = reason.fields.front().message;
    }
    writing_.refusals.push_back(row);
}

void decision::refuse(group whole, error why) {
    all_made_ = false;
    const auto& first = whole.front();
    refusal out{std::move(why), false, first.request_id};
    outcomes_.back().assign(whole.size(), out);
    if (!stands(first, out.reason))
        return;
    keep_refusal(first, out.reason);
    out.replayed = true;
    answers_.insert_or_assign({first.org, first.idempotency_key}, answered{first.request_hash, std::move(out)});
}

} // namespace bursar::handlers::transfers
