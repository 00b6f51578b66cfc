#include "handlers/ledger/transfers/transfer_handlers.hpp"

#include "handlers/ledger/transfers/request_identity.hpp"
#include "handlers/shared/answers.hpp"
#include "handlers/shared/cursor.hpp"
#include "handlers/shared/entity_tag.hpp"

namespace bursar::handlers::transfers {

namespace http = server::http;
using server::errc;

namespace {

// What is no id is that of no transfer, and refused like one that nobody has.
server::uuid target_of(const request_context& context) {
    return context.id_parameter("id").value_or(server::uuid{});
}

// What changes of a transfer: its state, once, and what was reversed of it.
std::string tag_of(const transfer& shown) {
    return entity_tag(shown.reversals * 4 + static_cast<std::int64_t>(shown.state) + 1);
}

response answer(request_context& context, const reply& made) {
    if (!made.what)
        return failure_answer(context, made);
    std::string data;
    data.reserve(1024);
    server::schema::render(data, *made.what);
    auto out = http::created_answer("/api/v1/transfers/" + made.what->id.to_string(), data);
    if (made.replayed)
        http::mark_replayed(out);
    return out;
}

server::result<db::repositories::transfer_filter> filter_of(const list_query& query) {
    const int selectors = int{query.account_id.has_value()} + int{query.customer_id.has_value()} +
                          int{query.external_reference.has_value()} + int{query.metadata_key.has_value()};
    if (selectors > 1)
        return server::error{
            errc::validation_failed,
            {{"account_id", "at most one of account_id, customer_id, external_reference and metadata_key"}}};
    if (query.metadata_key.has_value() != query.metadata_value.has_value())
        return server::error{errc::validation_failed, {{"metadata_value", "belongs to metadata_key"}}};
    db::repositories::transfer_filter out{
        query.account_id, query.customer_id, query.external_reference, {}, query.state, query.from, query.to};
    if (query.metadata_key) {
        auto& wanted = out.metadata.emplace("{");
        server::append_json_string(wanted, *query.metadata_key);
        wanted += ':';
        server::append_json_string(wanted, *query.metadata_value);
        wanted += '}';
    }
    return out;
}

list_scope scope_of(const list_query& query) {
    list_scope scope{"transfers"};
    scope.bind("account", query.account_id).bind("customer", query.customer_id);
    scope.bind("reference", query.external_reference).bind("key", query.metadata_key);
    scope.bind("value", query.metadata_value);
    if (query.state)
        scope.bind("state", server::schema::enum_name(*query.state));
    if (query.from)
        scope.bind("from", server::to_rfc3339(*query.from));
    if (query.to)
        scope.bind("to", server::to_rfc3339(*query.to));
    return scope;
}

} // namespace

awaitable<response> create(request_context& context, const dependencies& with) {
    const auto made = co_await with.service.create(identity_of(context), context.body<new_transfer>(), context.expires);
    co_return answer(context, made);
}

awaitable<response> post(request_context& context, const dependencies& with) {
    const auto id = target_of(context);
    const auto made = co_await with.service.post(identity_of(context), id, context.body<part>(), context.expires);
    co_return answer(context, made);
}

awaitable<response> void_transfer(request_context& context, const dependencies& with) {
    const auto id = target_of(context);
    const auto made = co_await with.service.void_transfer(identity_of(context), id, context.expires);
    co_return answer(context, made);
}

awaitable<response> reverse(request_context& context, const dependencies& with) {
    const auto id = target_of(context);
    const auto made = co_await with.service.reverse(identity_of(context), id, context.body<part>(), context.expires);
    co_return answer(context, made);
}

awaitable<response> get(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    const auto found = co_await with.service.get(*context.caller, *id, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    co_return resource_answer(200, *found, tag_of(*found));
}

awaitable<response> list(request_context& context, const dependencies& with) {
    const auto& query = context.query<list_query>();
    const auto filter = filter_of(query);
    if (!filter)
        co_return http::problem(context, filter.error());
    const auto scope = scope_of(query);
    const auto before = read_id_cursor(scope, query.cursor);
    if (!before)
        co_return http::problem(context, before.error());
    const auto limit = static_cast<int>(query.limit);
    const auto found = co_await with.service.list(*context.caller, *filter, *before, limit, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    auto next = found->more ? std::optional{make_cursor(scope, found->items.back().id)} : std::nullopt;
    co_return list_answer(found->items, std::move(next), query.limit);
}

} // namespace bursar::handlers::transfers
