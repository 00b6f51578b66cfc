// The rules of scheduled transfers: what is scheduled could be transferred now, as far as accounts and currencies go,
// and has a first run to come. Whether there is money is found out when it runs. Knows no HTTP. The repositories must
// outlive the service.
//
// Failures, beside those of the database: validation_failed; not_found (the schedule, or an account of a new one: then
// with its field); currency_mismatch; invalid_state (it is not active).
#pragma once

#include "db/repositories/ledger/accounts.hpp"
#include "db/repositories/ledger/scheduled_transfers.hpp"
#include "handlers/ledger/scheduled_transfers/types.hpp"
#include "handlers/shared/service.hpp"

namespace bursar::handlers::scheduled_transfers {

using db::repositories::schedule_status;
using db::repositories::scheduled_transfer;

class service {
public:
    service(
        const db::repositories::scheduled_transfer_repository& rows,
        const db::repositories::account_repository& accounts) noexcept
        : rows_(rows)
        , accounts_(accounts) {}

    awaitable<result<scheduled_transfer>>
    create(db::session& on, const principal& caller, const new_scheduled_transfer& input, deadline until) const;

    awaitable<result<scheduled_transfer>> get(db::session& on, const principal& caller, uuid id, deadline until) const;

    awaitable<result<page<scheduled_transfer>>> list(
        db::session& on, const principal& caller, std::optional<schedule_status> status, std::optional<uuid> before,
        int limit, deadline until) const;

    awaitable<result<scheduled_transfer>>
    cancel(db::session& on, const principal& caller, uuid id, deadline until) const;

private:
    awaitable<result<>> check_accounts(
        db::session& on, const principal& caller, const std::vector<db::repositories::scheduled_leg>& legs,
        bool short_form, deadline until) const;

    const db::repositories::scheduled_transfer_repository& rows_;
    const db::repositories::account_repository& accounts_;
};

// The first run after the given time. nullopt: there is none, because it ends before or the time never comes.
// validation_failed when the schedule is not one.
result<std::optional<timestamp>> next_run(const scheduled_transfer& schedule, timestamp after);

} // namespace bursar::handlers::scheduled_transfers
