#include "handlers/identity/members/member_handlers.hpp"

#include "handlers/identity/members/types.hpp"
#include "handlers/shared/answers.hpp"
#include "handlers/shared/cursor.hpp"
#include "handlers/shared/entity_tag.hpp"
#include "handlers/shared/page_query.hpp"
#include "handlers/shared/write_session.hpp"

namespace bursar::handlers::members {

namespace http = server::http;
using server::errc;

awaitable<response> get(request_context& context, const dependencies& with) {
    const auto user = context.id_parameter("user_id");
    if (!user)
        co_return http::problem(context, errc::not_found);
    const auto found = co_await with.service.get(with.database, *context.caller, *user, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    co_return resource_answer(200, *found, entity_tag(found->version));
}

awaitable<response> list(request_context& context, const dependencies& with) {
    const auto& query = context.query<page_query>();
    const list_scope scope{"members"};
    const auto before = read_id_cursor(scope, query.cursor);
    if (!before)
        co_return http::problem(context, before.error());
    const auto limit = static_cast<int>(query.limit);
    const auto found =
        co_await with.service.list(with.database.lists(), *context.caller, *before, limit, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    auto next = found->more ? std::optional{make_cursor(scope, found->items.back().user_id)} : std::nullopt;
    co_return list_answer(found->items, std::move(next), query.limit);
}

awaitable<response> patch(request_context& context, const dependencies& with) {
    const auto user = context.id_parameter("user_id");
    if (!user)
        co_return http::problem(context, errc::not_found);
    const auto versions = versions_of(context.condition);
    const auto changed = co_await with.service.patch(
        write_session(context, with.database), *context.caller, *user, versions, context.body<member_changes>(),
        context.expires);
    if (!changed)
        co_return http::problem(context, changed.error());
    co_return resource_answer(200, *changed, entity_tag(changed->version));
}

awaitable<response> remove(request_context& context, const dependencies& with) {
    const auto user = context.id_parameter("user_id");
    if (!user)
        co_return http::problem(context, errc::not_found);
    const auto versions = versions_of(context.condition);
    const auto removed = co_await with.service.remove(
        write_session(context, with.database), *context.caller, *user, versions, context.expires);
    if (!removed)
        co_return http::problem(context, removed.error());
    co_return http::no_content();
}

} // namespace bursar::handlers::members
