#include "handlers/identity/api_keys/api_key_handlers.hpp"

#include "handlers/shared/answers.hpp"
#include "handlers/shared/cursor.hpp"
#include "handlers/shared/entity_tag.hpp"
#include "handlers/shared/page_query.hpp"
#include "handlers/shared/write_session.hpp"

namespace bursar::handlers::api_keys {

namespace http = server::http;
using server::errc;

namespace {

response answer_with(made_api_key& made) {
    return secret_answer("/api/v1/api-keys/" + made.api_key.id.to_string(), made, made.secret);
}

} // namespace

awaitable<response> create(request_context& context, const dependencies& with) {
    auto& on = write_session(context, with.database);
    auto made = co_await with.service.create(on, *context.caller, context.body<new_api_key>(), context.expires);
    if (!made)
        co_return http::problem(context, made.error());
    co_return answer_with(*made);
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
    const auto& query = context.query<page_query>();
    const list_scope scope{"api_keys"};
    const auto before = read_id_cursor(scope, query.cursor);
    if (!before)
        co_return http::problem(context, before.error());
    const auto limit = static_cast<int>(query.limit);
    const auto found =
        co_await with.service.list(with.database.lists(), *context.caller, *before, limit, context.expires);
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
        write_session(context, with.database), *context.caller, *id, versions, context.body<api_key_changes>(),
        context.expires);
    if (!changed)
        co_return http::problem(context, changed.error());
    co_return resource_answer(200, *changed, entity_tag(changed->version));
}

awaitable<response> revoke(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    auto& on = write_session(context, with.database);
    const auto revoked = co_await with.service.revoke(on, *context.caller, *id, context.expires);
    if (!revoked)
        co_return http::problem(context, revoked.error());
    co_return resource_answer(200, *revoked, entity_tag(revoked->version));
}

awaitable<response> rotate(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    auto& on = write_session(context, with.database);
    auto made = co_await with.service.rotate(on, *context.caller, *id, context.body<rotation>(), context.expires);
    if (!made)
        co_return http::problem(context, made.error());
    co_return answer_with(*made);
}

} // namespace bursar::handlers::api_keys
