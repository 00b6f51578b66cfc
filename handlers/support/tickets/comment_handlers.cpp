#include "handlers/shared/answers.hpp"
#include "handlers/shared/cursor.hpp"
#include "handlers/shared/entity_tag.hpp"
#include "handlers/shared/page_query.hpp"
#include "handlers/shared/write_session.hpp"
#include "handlers/support/tickets/ticket_handlers.hpp"
#include "handlers/support/tickets/types.hpp"

namespace bursar::handlers::tickets {

namespace http = server::http;
using server::errc;

namespace {

// A comment never changes.
constexpr std::int64_t only_version = 1;

} // namespace

awaitable<response> add_comment(request_context& context, const dependencies& with) {
    const auto ticket = context.id_parameter("id");
    if (!ticket)
        co_return http::problem(context, errc::not_found);
    const auto made = co_await with.service.add_comment(
        write_session(context, with.database), *context.caller, *ticket, context.body<new_comment>(), context.expires);
    if (!made)
        co_return http::problem(context, made.error());
    const auto location = "/api/v1/tickets/" + ticket->to_string() + "/comments/" + made->id.to_string();
    co_return new_resource_answer(location, *made, entity_tag(only_version));
}

awaitable<response> get_comment(request_context& context, const dependencies& with) {
    const auto ticket = context.id_parameter("id");
    const auto id = context.id_parameter("comment_id");
    if (!ticket || !id)
        co_return http::problem(context, errc::not_found);
    const auto found = co_await with.service.get_comment(with.database, *context.caller, *ticket, *id, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    co_return resource_answer(200, *found, entity_tag(only_version));
}

awaitable<response> list_comments(request_context& context, const dependencies& with) {
    const auto ticket = context.id_parameter("id");
    if (!ticket)
        co_return http::problem(context, errc::not_found);
    const auto& query = context.query<page_query>();
    list_scope scope{"comments"};
    scope.bind("ticket", *ticket);
    const auto after = read_number_cursor(scope, query.cursor);
    if (!after)
        co_return http::problem(context, after.error());
    const auto limit = static_cast<int>(query.limit);
    const auto found = co_await with.service.list_comments(
        with.database.lists(), *context.caller, *ticket, *after, limit, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    auto next = found->more ? std::optional{make_cursor(scope, found->items.back().number)} : std::nullopt;
    co_return list_answer(found->items, std::move(next), query.limit);
}

awaitable<response> list_activity(request_context& context, const dependencies& with) {
    const auto ticket = context.id_parameter("id");
    if (!ticket)
        co_return http::problem(context, errc::not_found);
    const auto& query = context.query<page_query>();
    list_scope scope{"activity"};
    scope.bind("ticket", *ticket);
    const auto before = read_number_cursor(scope, query.cursor);
    if (!before)
        co_return http::problem(context, before.error());
    const auto limit = static_cast<int>(query.limit);
    const auto found = co_await with.service.list_activity(
        with.database.lists(), *context.caller, *ticket, *before, limit, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    auto next = found->more ? std::optional{make_cursor(scope, found->items.back().number)} : std::nullopt;
    co_return list_answer(found->items, std::move(next), query.limit);
}

} // namespace bursar::handlers::tickets
