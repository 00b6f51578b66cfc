#include "handlers/support/tickets/ticket_handlers.hpp"

#include "handlers/shared/answers.hpp"
#include "handlers/shared/cursor.hpp"
#include "handlers/shared/entity_tag.hpp"
#include "handlers/shared/write_session.hpp"
#include "handlers/support/tickets/types.hpp"

namespace bursar::handlers::tickets {

namespace http = server::http;
using server::errc;

namespace {

with_comments included(const std::optional<inclusion>& include) {
    return include ? with_comments::yes : with_comments::no;
}

// Of the representation at hand: with its comments or without.
std::string tag_of(const ticket& shown) {
    return shown.comments ? entity_tag(shown.version, shown.comment_count) : entity_tag(shown.version);
}

list_scope scope_of(const list_query& query) {
    list_scope scope{"tickets"};
    if (query.status)
        scope.bind("status", server::schema::enum_name(*query.status));
    if (query.priority)
        scope.bind("priority", server::schema::enum_name(*query.priority));
    scope.bind("customer", query.customer_id).bind("assignee", query.assignee_id).bind("text", query.text);
    return scope;
}

} // namespace

awaitable<response> create(request_context& context, const dependencies& with) {
    auto& on = write_session(context, with.database);
    const auto made = co_await with.service.create(on, *context.caller, context.body<new_ticket>(), context.expires);
    if (!made)
        co_return http::problem(context, made.error());
    co_return new_resource_answer("/api/v1/tickets/" + made->id.to_string(), *made, tag_of(*made));
}

awaitable<response> get(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    const auto shown = included(context.query<get_query>().include);
    db::session& alone = with.database;
    auto& on = shown == with_comments::yes ? with.database.lists() : alone;
    const auto found = co_await with.service.get(on, *context.caller, *id, shown, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    co_return resource_answer(200, *found, tag_of(*found));
}

awaitable<response> list(request_context& context, const dependencies& with) {
    const auto& query = context.query<list_query>();
    const auto scope = scope_of(query);
    const auto before = read_id_cursor(scope, query.cursor);
    if (!before)
        co_return http::problem(context, before.error());
    const ticket_filter filter{query.status, query.priority, query.customer_id, query.assignee_id, query.text};
    const auto limit = static_cast<int>(query.limit);
    const auto found = co_await with.service.list(
        with.database.lists(), *context.caller, filter, included(query.include), *before, limit, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    auto next = found->more ? std::optional{make_cursor(scope, found->items.back().id)} : std::nullopt;
    co_return list_answer(found->items, std::move(next), query.limit);
}

awaitable<response> patch(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    const auto versions = versions_of(context.condition);
    const auto changed = co_await with.service.patch(
        write_session(context, with.database), *context.caller, *id, versions, context.body<ticket_changes>(),
        context.expires);
    if (!changed)
        co_return http::problem(context, changed.error());
    co_return resource_answer(200, *changed, tag_of(*changed));
}

awaitable<response> resolve(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    auto& on = write_session(context, with.database);
    const auto changed = co_await with.service.resolve(on, *context.caller, *id, context.expires);
    if (!changed)
        co_return http::problem(context, changed.error());
    co_return resource_answer(200, *changed, tag_of(*changed));
}

awaitable<response> reopen(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    auto& on = write_session(context, with.database);
    const auto changed = co_await with.service.reopen(on, *context.caller, *id, context.expires);
    if (!changed)
        co_return http::problem(context, changed.error());
    co_return resource_answer(200, *changed, tag_of(*changed));
}

awaitable<response> remove(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    const auto versions = versions_of(context.condition);
    const auto removed = co_await with.service.remove(
        write_session(context, with.database), *context.caller, *id, versions, context.expires);
    if (!removed)
        co_return http::problem(context, removed.error());
    co_return http::no_content();
}

} // namespace bursar::handlers::tickets
