#include "handlers/statements/service.hpp"

#include "handlers/refusals.hpp"

namespace bursar::handlers::statements {

using db::repositories::first_place;
using db::repositories::last_place;
using server::errc;
using server::error;

namespace {

// Now, or what comes after the last entry, when this machine's clock is behind the one that recorded it.
timestamp end_of(const account_range& range) {
    return range.last ? std::max(server::now(), range.last->at + std::chrono::microseconds{1}) : server::now();
}

entry_place in_front_of(timestamp at) noexcept {
    return {at, 0};
}

} // namespace

awaitable<result<opened_statement>> service::open(
    db::session& on, uuid org, uuid account, time_range range, std::optional<statement_place> going_on,
    deadline until) const {
    if (range.from && range.to && *range.from > *range.to)
        co_return error{errc::validation_failed, {{"from", "must not be later than to"}}};
    auto through = range.to ? in_front_of(*range.to) : last_place;
    if (going_on)
        through = going_on->through;
    auto found = co_await statements_.find(on, org, account, range.from, through, until);
    if (!found)
        co_return found.error();
    if (found->archived)
        co_return archived();
    opened_statement out{std::move(*found), {}, {}, {}};
    if (going_on)
        out.at = *going_on;
    else
        out.at = {
            range.from ? in_front_of(*range.from) : first_place, out.of.last.value_or(first_place),
            range.to.value_or(end_of(out.of))};
    out.to = out.at.to;
    out.from = range.from.value_or(std::min(out.of.begins, out.to));
    co_return out;
}

awaitable<result<page<statement_line>>>
service::read(db::session& on, uuid org, opened_statement& from, int limit, deadline until) const {
    if (from.empty())
        co_return page<statement_line>{};
    auto found = co_await statements_.lines(on, org, from.of, from.at.after, from.at.through, limit, until);
    if (found && !found->items.empty())
        from.at.after = {found->items.back().recorded_at, found->items.back().seq};
    co_return found;
}

} // namespace bursar::handlers::statements
