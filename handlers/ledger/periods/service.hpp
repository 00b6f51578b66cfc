// The rules of periods. A month may be closed once it is over (UTC), after every earlier month that has entries: what
// opens a month is what closed the one before. Empty months before it are closed with it. Closing a closed month does
// nothing; nothing opens one again. Knows no HTTP. The repository must outlive the service.
//
// Failures, beside those of the database: not_found; invalid_state (the month is not over, or an earlier one is open).
#pragma once

#include "db/client.hpp"
#include "db/repositories/ledger/periods.hpp"
#include "handlers/shared/service.hpp"

namespace bursar::handlers::periods {

using db::repositories::period;
using std::chrono::year_month;

class service {
public:
    explicit service(const db::repositories::period_repository& periods) noexcept
        : periods_(periods) {}

    awaitable<result<period>>
    close(db::transaction& on, const principal& caller, year_month month, deadline until) const;

    awaitable<result<period>> get(db::session& on, const principal& caller, year_month month, deadline until) const;

    // Newest first, those before `before`.
    awaitable<result<page<period>>>
    list(db::session& on, const principal& caller, std::optional<year_month> before, int limit, deadline until) const;

private:
    const db::repositories::period_repository& periods_;
};

} // namespace bursar::handlers::periods
