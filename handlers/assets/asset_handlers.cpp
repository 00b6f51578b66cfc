#include "handlers/assets/asset_handlers.hpp"

#include "handlers/answers.hpp"
#include "handlers/assets/types.hpp"
#include "handlers/cursor.hpp"
#include "handlers/entity_tag.hpp"
#include "handlers/page_query.hpp"
#include "handlers/session.hpp"

namespace bursar::handlers::assets {

namespace http = server::http;
using server::errc;

namespace {

// An asset never changes.
constexpr std::int64_t only_version = 1;

} // namespace

awaitable<response> create(request_context& context, const dependencies& with) {
    auto& on = write_session(context, with.database);
    const auto made = co_await with.service.create(on, *context.caller, context.body<new_asset>(), context.expires);
    if (!made)
        co_return http::problem(context, made.error());
    co_return new_resource_answer("/api/v1/assets/" + made->code, *made, entity_tag(only_version));
}

awaitable<response> get(request_context& context, const dependencies& with) {
    const std::string code{context.parameter("code")};
    if (!is_asset_code(code))
        co_return http::problem(context, errc::not_found);
    const auto found = co_await with.service.get(with.database, *context.caller, code, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    co_return resource_answer(200, *found, entity_tag(only_version));
}

awaitable<response> list(request_context& context, const dependencies& with) {
    const auto& query = context.query<page_query>();
    const list_scope scope{"assets"};
    const auto after = read_text_cursor(scope, query.cursor);
    if (!after)
        co_return http::problem(context, after.error());
    const auto limit = static_cast<int>(query.limit);
    const auto found =
        co_await with.service.list(with.database.lists(), *context.caller, *after, limit, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    auto next = found->more ? std::optional{make_cursor(scope, found->items.back().code)} : std::nullopt;
    co_return list_answer(found->items, std::move(next), query.limit);
}

} // namespace bursar::handlers::assets
