#include "handlers/ledger/periods/period_handlers.hpp"

#include "handlers/ledger/periods/types.hpp"
#include "handlers/shared/answers.hpp"
#include "handlers/shared/cursor.hpp"
#include "handlers/shared/entity_tag.hpp"
#include "handlers/shared/page_query.hpp"
#include "handlers/shared/write_session.hpp"

namespace bursar::handlers::periods {

namespace http = server::http;
using db::repositories::period_status;
using server::errc;

namespace {

// A period changes once.
std::string tag_of(const period& shown) {
    return entity_tag(shown.status == period_status::closed ? 2 : 1);
}

// Where a month stands among all, for a cursor.
std::int64_t count_months(year_month month) noexcept {
    return std::int64_t{static_cast<int>(month.year())} * 12 + static_cast<unsigned>(month.month()) - 1;
}

std::optional<year_month> nth_month(std::optional<std::int64_t> count) noexcept {
    if (!count || *count < 12 || *count >= 120'000)
        return std::nullopt;
    return year_month{
        std::chrono::year{static_cast<int>(*count / 12)}, std::chrono::month{static_cast<unsigned>(*count % 12) + 1}};
}

} // namespace

awaitable<response> close(request_context& context, const dependencies& with) {
    const auto month = server::parse_month(context.parameter("month"));
    if (!month)
        co_return http::problem(context, errc::not_found);
    auto& on = write_session(context, with.database);
    const auto closed = co_await with.service.close(on, *context.caller, *month, context.expires);
    if (!closed)
        co_return http::problem(context, closed.error());
    co_return resource_answer(200, *closed, tag_of(*closed));
}

awaitable<response> get(request_context& context, const dependencies& with) {
    const auto month = server::parse_month(context.parameter("month"));
    if (!month)
        co_return http::problem(context, errc::not_found);
    const auto found = co_await with.service.get(with.database, *context.caller, *month, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    co_return resource_answer(200, *found, tag_of(*found));
}

awaitable<response> list(request_context& context, const dependencies& with) {
    const auto& query = context.query<page_query>();
    const list_scope scope{"periods"};
    const auto position = read_number_cursor(scope, query.cursor);
    if (!position)
        co_return http::problem(context, position.error());
    const auto before = nth_month(*position);
    const auto limit = static_cast<int>(query.limit);
    const auto found =
        co_await with.service.list(with.database.lists(), *context.caller, before, limit, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    std::optional<std::string> next;
    if (found->more)
        next = make_cursor(scope, count_months(*server::parse_month(found->items.back().month)));
    co_return list_answer(found->items, std::move(next), query.limit);
}

} // namespace bursar::handlers::periods
