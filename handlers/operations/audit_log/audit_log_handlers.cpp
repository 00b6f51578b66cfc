#include "handlers/operations/audit_log/audit_log_handlers.hpp"

#include "handlers/operations/audit_log/types.hpp"
#include "handlers/shared/answers.hpp"
#include "handlers/shared/list_cursor.hpp"

namespace bursar::handlers::audit_log {

namespace http = server::http;
using db::repositories::audit_filter;
using server::errc;
using server::error;
using server::result;

namespace {

result<audit_filter> filter_of(const list_query& query) {
    if (query.resource_type.has_value() != query.resource_id.has_value()) {
        const auto* const missing = query.resource_type ? "resource_id" : "resource_type";
        return error{errc::validation_failed, {{missing, "goes with the other part of the resource"}}};
    }
    audit_filter out{query.actor_id, query.action, {}, query.from, query.to};
    if (query.resource_type)
        out.resource = {*query.resource_type, *query.resource_id};
    return out;
}

} // namespace

awaitable<response> list(request_context& context, const dependencies& with) {
    const auto& query = context.query<list_query>();
    const auto filter = filter_of(query);
    if (!filter)
        co_return http::problem(context, filter.error());
    const auto scope = scope_of(context, query);
    const auto before = read_cursor<server::uuid>(scope, query.cursor);
    if (!before)
        co_return http::problem(context, before.error());
    const auto limit = static_cast<int>(query.limit);
    const auto found =
        co_await with.rows.list(with.database.lists(), context.caller->org, *filter, *before, limit, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    auto next = found->more ? std::optional{make_cursor(scope, found->items.back().id)} : std::nullopt;
    co_return list_answer(found->items, std::move(next), query.limit);
}

} // namespace bursar::handlers::audit_log
