#include "handlers/identity/invitations/invitation_handlers.hpp"

#include "handlers/identity/sessions/session_handlers.hpp"
#include "handlers/shared/answers.hpp"
#include "handlers/shared/cursor.hpp"
#include "handlers/shared/page_query.hpp"
#include "handlers/shared/write_session.hpp"
#include "server/http/origin.hpp"

namespace bursar::handlers::invitations {

namespace http = server::http;
using server::errc;

awaitable<response> create(request_context& context, const dependencies& with) {
    auto& on = write_session(context, with.database);
    auto made = co_await with.service.create(on, *context.caller, context.body<new_invitation>(), context.expires);
    if (!made)
        co_return http::problem(context, made.error());
    const auto location = "/api/v1/invitations/" + made->invitation.id.to_string();
    co_return secret_answer(location, *made, made->token);
}

awaitable<response> get(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    const auto found = co_await with.service.get(with.database, *context.caller, *id, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    co_return value_answer(*found);
}

awaitable<response> list(request_context& context, const dependencies& with) {
    const auto& query = context.query<page_query>();
    const list_scope scope{"invitations"};
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

awaitable<response> revoke(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    auto& on = write_session(context, with.database);
    const auto revoked = co_await with.service.revoke(on, *context.caller, *id, context.expires);
    if (!revoked)
        co_return http::problem(context, revoked.error());
    co_return value_answer(*revoked);
}

awaitable<response> accept(request_context& context, const dependencies& with) {
    sessions::attempt by{http::origin_of(context)};
    const auto opened = co_await with.service.accept(with.database, context.body<acceptance>(), by, context.expires);
    if (!opened)
        co_return sessions::refusal_of(context, by, opened.error());
    co_return sessions::new_session_answer(*opened);
}

} // namespace bursar::handlers::invitations
