#include "handlers/support/customers/customer_handlers.hpp"

#include "db/repositories/operations/audit_log.hpp"
#include "handlers/shared/answers.hpp"
#include "handlers/shared/cursor.hpp"
#include "handlers/shared/entity_tag.hpp"
#include "handlers/shared/write_session.hpp"
#include "handlers/support/customers/data_export.hpp"
#include "handlers/support/customers/types.hpp"
#include "server/http/origin.hpp"

namespace bursar::handlers::customers {

namespace http = server::http;
using db::repositories::audit_record;
using server::errc;
using server::error;

awaitable<response> create(request_context& context, const dependencies& with) {
    auto& on = write_session(context, with.database);
    const auto made = co_await with.service.create(on, *context.caller, context.body<new_customer>(), context.expires);
    if (!made)
        co_return http::problem(context, made.error());
    co_return new_resource_answer("/api/v1/customers/" + made->id.to_string(), *made, entity_tag(made->version));
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
    list_scope scope{"customers"};
    scope.bind("email", query.email).bind("reference", query.external_reference).bind("text", query.text);
    const auto before = read_id_cursor(scope, query.cursor);
    if (!before)
        co_return http::problem(context, before.error());
    const customer_filter filter{query.email, query.external_reference, query.text};
    const auto limit = static_cast<int>(query.limit);
    const auto found =
        co_await with.service.list(with.database.lists(), *context.caller, filter, *before, limit, context.expires);
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
        write_session(context, with.database), *context.caller, *id, versions, context.body<customer_changes>(),
        context.expires);
    if (!changed)
        co_return http::problem(context, changed.error());
    co_return resource_answer(200, *changed, entity_tag(changed->version));
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

awaitable<response> export_data(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    auto seat = with.seats.take(context.caller->org);
    if (!seat)
        co_return http::problem(context, error{errc::overloaded, "exports of the organization are under way"});
    // Not from a replica, which may not have heard of an erasure.
    auto customer = co_await with.service.kept(with.database, *context.caller, *id, context.expires);
    if (!customer)
        co_return http::problem(context, customer.error());
    const audit_record record{
        .org = context.caller->org,
        .origin = http::origin_of(context),
        .action = std::string{context.route->operation_id},
        .resource_type = "customers",
        .resource_id = id->to_string()};
    const auto recorded = co_await append(with.database, record, context.expires);
    if (!recorded)
        co_return http::problem(context, recorded.error());

    response answer;
    answer.headers.add("Content-Type", "application/json");
    answer.headers.add("Content-Disposition", "attachment; filename=\"customer-" + id->to_string() + ".json\"");
    answer.stream = stream_of(std::make_shared<export_job>(export_job{
        with, context.caller->org, *id, std::string{context.request_id}, server::now(), std::move(*customer),
        std::move(*seat)}));
    co_return answer;
}

awaitable<response> erase(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    auto& on = *context.state.find<db::transaction>(); // of the idempotency step
    const auto erased = co_await with.service.erase(on, *context.caller, *id, context.expires);
    if (!erased)
        co_return http::problem(context, erased.error());
    const erased_customer shown{*id, *erased};
    co_return value_answer(shown);
}

} // namespace bursar::handlers::customers
