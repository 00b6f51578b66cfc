#include "handlers/ledger/accounts/service.hpp"

#include "db/repositories/ledger/clearing_accounts.hpp"
#include "handlers/ledger/currencies.hpp"
#include "handlers/shared/expected_version.hpp"
#include "handlers/shared/refusals.hpp"
#include "server/schema/enums.hpp"

#include <algorithm>

namespace bursar::handlers::accounts {

using db::repositories::account_status;
using db::repositories::can_bear_code;
using db::repositories::clearing_form;
using db::repositories::is_clearing_code;
using db::repositories::iso_currency;
using server::schema::enum_name;

namespace {

error unknown_currency(const std::string& code) {
    return {
        errc::validation_failed,
        {{"/currency", is_iso_currency(code) ? "has no smallest unit in ISO 4217; use an asset of your own"
                                             : "is neither in ISO 4217 nor an asset of the organization"}}};
}

error code_taken() {
    error out{errc::conflict, {{"/code", "belongs to another account"}}};
    out.message = "Another account has this code.";
    return out;
}

std::optional<error> yet_to_come(std::optional<timestamp> at, const char* pointer) {
    if (!at || *at <= server::now() + clock_difference)
        return std::nullopt;
    return error{errc::validation_failed, {{pointer, "must not be in the future"}}};
}

constexpr std::string_view is_closed = "The account is closed.";
constexpr std::string_view customer_gone = "The account's customer was deleted.";

std::string_view why_not_frozen(const account& found) {
    return found.status == account_status::closed ? is_closed : "The account is frozen already.";
}

std::string_view why_not_unfrozen(const account& found) {
    return found.status == account_status::closed ? is_closed : "The account is not frozen.";
}

std::string_view why_not_closed(const account& found) {
    if (found.status == account_status::closed)
        return is_closed;
    if (is_clearing_code(found.code.value_or("")))
        return "It is a clearing account, which every conversion of its currency goes through.";
    return "The account's balance is not zero, or something is pending on it.";
}

std::string_view why_not_reopened(const account& found) {
    return found.status == account_status::closed ? customer_gone : "The account is not closed.";
}

} // namespace

awaitable<result<account>>
service::create(db::session& on, const principal& caller, const new_account& input, deadline until) const {
    const bool bound = input.floor || input.ceiling || input.customer_id;
    if (!can_bear_code(input.code.value_or(""), input.currency, enum_name(input.type), bound))
        co_return invalid("/code", std::string{clearing_form});
    const bool iso = iso_exponent(input.currency).has_value();
    auto inserted =
        co_await accounts_.insert(on, caller.org, uuid::v7(), input, iso ? iso_currency::yes : iso_currency::no, until);
    if (!inserted)
        co_return inserted.error();
    if (inserted->made)
        co_return std::move(*inserted->made);
    if (!inserted->currency_known)
        co_return unknown_currency(input.currency);
    if (!inserted->customer_known)
        co_return no_customer();
    co_return code_taken();
}

awaitable<result<account>> service::get(db::session& on, const principal& caller, uuid id, deadline until) const {
    return accounts_.find(on, caller.org, id, until);
}

awaitable<result<page<account>>> service::list(
    db::session& on, const principal& caller, const account_filter& filter, std::optional<uuid> before, int limit,
    deadline until) const {
    return accounts_.list(on, caller.org, filter, before, limit, until);
}

awaitable<result<account>> service::patch(
    db::session& on, const principal& caller, uuid id, const expected_versions& versions,
    const account_changes& changes, deadline until) const {
    auto changed = co_await accounts_.update(on, caller.org, id, versions, changes, until);
    if (!changed && is_metadata_bound(changed.error()))
        co_return metadata_full();
    const auto find = [&] { return accounts_.find(on, caller.org, id, until); };
    co_return co_await changed_or_found(std::move(changed), versions, find);
}

awaitable<result<account>> service::freeze(db::session& on, const principal& caller, uuid id, deadline until) const {
    auto changed = co_await accounts_.freeze(on, caller.org, id, until);
    co_return co_await settle(on, caller, id, std::move(changed), why_not_frozen, until);
}

awaitable<result<account>> service::unfreeze(db::session& on, const principal& caller, uuid id, deadline until) const {
    auto changed = co_await accounts_.unfreeze(on, caller.org, id, until);
    co_return co_await settle(on, caller, id, std::move(changed), why_not_unfrozen, until);
}

awaitable<result<account>> service::close(db::session& on, const principal& caller, uuid id, deadline until) const {
    auto changed = co_await accounts_.close(on, caller.org, id, until);
    co_return co_await settle(on, caller, id, std::move(changed), why_not_closed, until);
}

awaitable<result<account>> service::reopen(db::session& on, const principal& caller, uuid id, deadline until) const {
    auto changed = co_await accounts_.reopen(on, caller.org, id, until);
    // It was deleted while the account was about to open.
    if (!changed && changed.error().constraint == "accounts_of_deleted_customers_stay_closed")
        co_return with_message(errc::invalid_state, std::string{customer_gone});
    co_return co_await settle(on, caller, id, std::move(changed), why_not_reopened, until);
}

awaitable<result<account>> service::settle(
    db::session& on, const principal& caller, uuid id, result<std::optional<account>> changed, refusal why,
    deadline until) const {
    if (!changed)
        co_return changed.error();
    if (*changed)
        co_return std::move(**changed);
    const auto found = co_await accounts_.find(on, caller.org, id, until);
    if (!found)
        co_return found.error();
    co_return with_message(errc::invalid_state, std::string{why(*found)});
}

// The balances of now are read from one snapshot anyway; reach_recent() only makes their as_of a recent one.
awaitable<> service::reach(std::optional<timestamp> at) const {
    return at ? times_.reach(*at) : times_.reach_recent();
}

awaitable<result<account_balance>>
service::balance(db::session& on, const principal& caller, uuid id, std::optional<timestamp> at, deadline until) const {
    if (auto early = yet_to_come(at, "at"))
        co_return std::move(*early);
    co_await reach(at);
    auto found = co_await accounts_.balance(on, caller.org, id, at, until);
    if (!found)
        co_return found.error();
    auto& only = *found;
    if (!only)
        co_return errc::not_found;
    if (only->archived)
        co_return archived();
    co_return std::move(*only);
}

awaitable<result<std::vector<account_balance>>> service::balances(
    db::session& on, const principal& caller, const std::vector<uuid>& ids, std::optional<timestamp> at,
    deadline until) const {
    if (auto early = yet_to_come(at, "/at"))
        co_return std::move(*early);
    co_await reach(at);
    auto found = co_await accounts_.balances(on, caller.org, ids, at, until);
    if (!found)
        co_return found.error();
    error unknown{errc::not_found};
    std::vector<account_balance> out;
    out.reserve(found->size());
    for (std::size_t i = 0; i < found->size(); ++i) {
        auto& each = (*found)[i];
        if (each)
            out.push_back(std::move(*each));
        else
            unknown.fields.push_back({"/account_ids/" + std::to_string(i), "is no account"});
    }
    if (!unknown.fields.empty())
        co_return unknown;
    if (std::any_of(out.begin(), out.end(), [](const auto& each) { return each.archived; }))
        co_return archived();
    co_return out;
}

} // namespace bursar::handlers::accounts
