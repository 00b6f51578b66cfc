// Completes conversions between currencies before they are written: the currencies, the rate, and the clearing accounts
// that they go through, of which a missing one is made. Only transfers that convert come here. What it refers to
// outlives it.
#pragma once

#include "db/client.hpp"
#include "db/repositories/ledger/accounts.hpp"
#include "db/repositories/ledger/clearing_accounts.hpp"
#include "handlers/ledger/writer/instruction.hpp"

#include <span>

namespace bursar::handlers::transfers {

using server::awaitable;
using server::deadline;
using server::result;

class convertible;

class conversions {
public:
    conversions(
        db::client& database, const db::repositories::clearing_account_repository& rows,
        const db::repositories::account_repository& accounts)
        : database_(database)
        , rows_(rows)
        , accounts_(accounts) {}

    // Instructions of one organization. For each, why it cannot be done: not_found, validation_failed, or a failure of
    // the database; nothing for one that is no conversion.
    awaitable<std::vector<std::optional<server::error>>> complete(std::span<instruction> all, deadline until) const;

private:
    awaitable<result<>> look_up(std::span<instruction> all, convertible& into, deadline until) const;
    awaitable<result<>> make_clearing_account(uuid org, std::string currency, deadline until) const;

    db::client& database_;
    const db::repositories::clearing_account_repository& rows_;
    const db::repositories::account_repository& accounts_;
};

} // namespace bursar::handlers::transfers
