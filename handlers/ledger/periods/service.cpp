#include "handlers/ledger/periods/service.hpp"

#include "handlers/shared/refusals.hpp"

namespace bursar::handlers::periods {

using db::repositories::period_status;

awaitable<result<period>>
service::close(db::transaction& on, const principal& caller, year_month month, deadline until) const {
    auto found = co_await periods_.prepare_close(on, caller.org, month, until);
    if (!found)
        co_return found.error();
    if (found->period && found->period->status == period_status::closed)
        co_return std::move(*found->period);
    if (!found->over)
        co_return with_message(errc::invalid_state, "The month is not over.");
    if (found->earlier_open)
        co_return with_message(
            errc::invalid_state, "An earlier month is open: close " + *found->earlier_open + " first.");
    co_return co_await periods_.close(on, caller.org, month, caller.id, until);
}

awaitable<result<period>>
service::get(db::session& on, const principal& caller, year_month month, deadline until) const {
    return periods_.find(on, caller.org, month, until);
}

awaitable<result<page<period>>> service::list(
    db::session& on, const principal& caller, std::optional<year_month> before, int limit, deadline until) const {
    return periods_.list(on, caller.org, before, limit, until);
}

} // namespace bursar::handlers::periods
