// Accounts and instructions by hand, for tests of what a batch decides.
#pragma once

#include "handlers/ledger/writer/decision.hpp"

#include <array>

namespace bursar::tests {

using db::repositories::account_state;
using db::repositories::row_key;
using db::repositories::target_state;
using db::repositories::transfer;
using db::repositories::transfer_kind;
using db::repositories::transfer_state;
using handlers::transfers::applied;
using handlers::transfers::decision;
using handlers::transfers::group;
using handlers::transfers::instruction;
using handlers::transfers::largest_amount;
using handlers::transfers::leg;
using handlers::transfers::outcome;
using handlers::transfers::refusal;
using handlers::transfers::replay;
using handlers::transfers::working_balances;
using server::errc;
using server::timestamp;
using server::uuid;
using namespace std::chrono_literals;

inline constexpr timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 7 / 1} + 12h};

inline uuid numbered(std::uint8_t number) {
    uuid out;
    out.bytes.fill(number);
    return out;
}

inline const uuid org = numbered(1);
inline const uuid world = numbered(10); // an asset without limits

inline row_key key_of(const uuid& id) {
    return {org, id};
}

// Credits are what is on a liability; debits on an asset.
struct account {
    uuid id;
    std::int64_t posted = 0; // in the normal direction
    std::optional<std::int64_t> floor{};
    std::optional<std::int64_t> ceiling{};
    bool credit_normal = true;
    bool open = true;
    std::string currency = "EUR";
    timestamp last = noon - 1h;
};

inline account_state state_of(const account& a) {
    account_state out;
    out.key = key_of(a.id);
    out.currency = a.currency;
    out.credit_normal = a.credit_normal;
    out.open = a.open;
    out.floor = a.floor;
    out.ceiling = a.ceiling;
    out.seq = 7;
    out.balance = a.credit_normal ? -a.posted : a.posted;
    out.last_recorded_at = a.last;
    return out;
}

inline std::vector<account_state> states_of(const std::vector<account>& all) {
    std::vector<account_state> out;
    for (const auto& a : all)
        out.push_back(state_of(a));
    return out;
}

inline instruction moving(std::vector<leg> legs, bool pending = false) {
    instruction out;
    out.org = org;
    out.pending = pending;
    out.legs = std::move(legs);
    out.idempotency_key = uuid::v7();
    out.request_hash = out.idempotency_key;
    out.request_id = "request";
    return out;
}

inline instruction moving(const uuid& from, const uuid& to, std::int64_t amount, bool pending = false) {
    return moving(std::vector<leg>{{from, to, amount}}, pending);
}

// What is done to an earlier transfer, leg by leg.
inline instruction doing(transfer_kind kind, const uuid& target, std::vector<leg> legs) {
    auto out = moving(std::move(legs));
    out.kind = kind;
    out.target_id = target;
    return out;
}

inline target_state target_of(const uuid& id, transfer_state state) {
    target_state out;
    out.key = key_of(id);
    out.state = state;
    out.held = state == transfer_state::pending;
    out.recorded_at = noon - 1h;
    return out;
}

} // namespace bursar::tests
