#include "handlers/ledger/scheduled_transfers/scheduled_transfer_handlers.hpp"

#include "handlers/shared/answers.hpp"
#include "handlers/shared/cursor.hpp"
#include "handlers/shared/entity_tag.hpp"
#include "handlers/shared/write_session.hpp"

namespace bursar::handlers::scheduled_transfers {

namespace http = server::http;
using server::errc;

awaitable<response> create(request_context& context, const dependencies& with) {
    auto& on = write_session(context, with.database);
    const auto made =
        co_await with.service.create(on, *context.caller, context.body<new_scheduled_transfer>(), context.expires);
    if (!made)
        co_return http::problem(context, made.error());
    const auto location = "/api/v1/scheduled-transfers/" + made->id.to_string();
    co_return new_resource_answer(location, *made, entity_tag(made->version));
}

awaitable<response> get(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    const auto found = co_await with.service.get(with.database, *context.caller, *id, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    co_return resource_answer(200, *found, entity_tag(found->version));
}

awaitable<response> list(request_context& context, const dependencies& with) {
    const auto& query = context.query<list_query>();
    list_scope scope{"scheduled_transfers"};
    if (query.status)
        scope.bind("status", server::schema::enum_name(*query.status));
    const auto before = read_id_cursor(scope, query.cursor);
    if (!before)
        co_return http::problem(context, before.error());
    const auto limit = static_cast<int>(query.limit);
    const auto found = co_await with.service.list(
        with.database.lists(), *context.caller, query.status, *before, limit, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    auto next = found->more ? std::optional{make_cursor(scope, found->items.back().id)} : std::nullopt;
    co_return list_answer(found->items, std::move(next), query.limit);
}

awaitable<response> cancel(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    auto& on = write_session(context, with.database);
    const auto changed = co_await with.service.cancel(on, *context.caller, *id, context.expires);
    if (!changed)
        co_return http::problem(context, changed.error());
    co_return resource_answer(200, *changed, entity_tag(changed->version));
}

} // namespace bursar::handlers::scheduled_transfers
