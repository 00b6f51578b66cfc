#include "handlers/ledger/statements/service.hpp"

#include "handlers/shared/refusals.hpp"

namespace bursar::handlers::statements {

using db::repositories::first_place;
using db::repositories::last_place;

namespace {

entry_place in_front_of(timestamp at) noexcept {
    return {at, 0};
}

} // namespace

awaitable<result<opened_statement>> service::open(
    db::session& on, uuid org, uuid account, time_range range, std::optional<statement_place> going_on,
    deadline until) const {
    if (range.from && range.to && *range.from > *range.to)
        co_return error{errc::validation_failed, {{"from", "must not be later than to"}}};
    const auto asked_at = server::now();
    auto through = range.to ? in_front_of(*range.to) : last_place;
    if (going_on)
        through = going_on->through;
    else
        co_await times_.reach(range.to.value_or(asked_at));
    auto found = co_await statements_.find(on, org, account, range.from, through, until);
    if (!found)
        co_return found.error();
    // A range to come is an empty one of now; but one that follows another must not begin before that ended.
    if (!going_on && range.from && *range.from > found->to && *range.from <= asked_at)
        co_return error{errc::dependency_unavailable, "from is not final yet"};
    if (found->archived)
        co_return archived();
    opened_statement out{std::move(*found), {}, {}, {}};
    if (going_on)
        out.at = *going_on;
    else
        out.at = {range.from ? in_front_of(*range.from) : first_place, out.of.last.value_or(first_place), out.of.to};
    out.to = out.at.to;
    out.from = std::min(range.from.value_or(out.of.begins), out.to);
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
