// The rules of accounts: counted in a currency of ISO 4217 or an asset of the organization; a code belongs to one
// account; open, frozen or closed, closed only at zero, and never where conversions go through; a change starts from a
// known version; balances are of a time that is final. Knows no HTTP. The repository and the final time must outlive
// the service.
//
// Failures, beside those of the database: not_found (the account; the customer of a new one: then with the field
// /customer_id; or accounts of a batch, each named by its place); validation_failed (a currency that is not known, a
// time that is yet to come); conflict (the code is taken); invalid_state; precondition_failed (the row has another
// version than any expected); gone (the entries that a balance of then needs are archived).
#pragma once

#include "db/repositories/ledger/accounts.hpp"
#include "handlers/ledger/final_time.hpp"
#include "handlers/shared/service.hpp"

namespace bursar::handlers::accounts {

using db::repositories::account;
using db::repositories::account_balance;
using db::repositories::account_changes;
using db::repositories::account_filter;
using db::repositories::new_account;

class service {
public:
    service(const db::repositories::account_repository& accounts, final_time& times) noexcept
        : accounts_(accounts)
        , times_(times) {}

    awaitable<result<account>>
    create(db::session& on, const principal& caller, const new_account& input, deadline until) const;

    awaitable<result<account>> get(db::session& on, const principal& caller, uuid id, deadline until) const;

    awaitable<result<page<account>>> list(
        db::session& on, const principal& caller, const account_filter& filter, std::optional<uuid> before, int limit,
        deadline until) const;

    // A patch that changes nothing returns the account as it is, version and all.
    awaitable<result<account>> patch(
        db::session& on, const principal& caller, uuid id, const expected_versions& versions,
        const account_changes& changes, deadline until) const;

    awaitable<result<account>> freeze(db::session& on, const principal& caller, uuid id, deadline until) const;
    awaitable<result<account>> unfreeze(db::session& on, const principal& caller, uuid id, deadline until) const;
    awaitable<result<account>> close(db::session& on, const principal& caller, uuid id, deadline until) const;
    awaitable<result<account>> reopen(db::session& on, const principal& caller, uuid id, deadline until) const;

    awaitable<result<account_balance>>
    balance(db::session& on, const principal& caller, uuid id, std::optional<timestamp> at, deadline until) const;

    // In the order of the ids, all from one snapshot.
    awaitable<result<std::vector<account_balance>>> balances(
        db::session& on, const principal& caller, const std::vector<uuid>& ids, std::optional<timestamp> at,
        deadline until) const;

private:
    // Why an account as it was found did not match a change of its status.
    using refusal = std::string_view (*)(const account& found);

    // The account as the change left it, or why it did not match.
    awaitable<result<account>> settle(
        db::session& on, const principal& caller, uuid id, result<std::optional<account>> changed, refusal why,
        deadline until) const;

    // Before balances of that time are read, or those of now.
    awaitable<> reach(std::optional<timestamp> at) const;

    const db::repositories::account_repository& accounts_;
    final_time& times_;
};

} // namespace bursar::handlers::accounts
