#include "handlers/ledger/accounts/account_handlers.hpp"

#include "handlers/ledger/accounts/types.hpp"
#include "handlers/shared/answers.hpp"
#include "handlers/shared/cursor.hpp"
#include "handlers/shared/entity_tag.hpp"
#include "handlers/shared/write_session.hpp"

namespace bursar::handlers::accounts {

namespace http = server::http;
using server::errc;

namespace {

list_scope scope_of(const list_query& query) {
    list_scope scope{"accounts"};
    if (query.type)
        scope.bind("type", server::schema::enum_name(*query.type));
    if (query.status)
        scope.bind("status", server::schema::enum_name(*query.status));
    scope.bind("currency", query.currency).bind("customer", query.customer_id).bind("code", query.code);
    return scope;
}

using change = awaitable<result<account>> (service::*)(db::session&, const principal&, uuid, deadline) const;

awaitable<response> change_status(request_context& context, const dependencies& with, change verb) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    auto& on = write_session(context, with.database);
    const auto changed = co_await (with.service.*verb)(on, *context.caller, *id, context.expires);
    if (!changed)
        co_return http::problem(context, changed.error());
    co_return resource_answer(200, *changed, entity_tag(changed->version));
}

balance shown(const account_balance& from) {
    balance out;
    out.account_id = from.account_id;
    out.currency = from.currency;
    out.posted = from.amounts.posted;
    out.pending_in = from.amounts.pending_in;
    out.pending_out = from.amounts.pending_out;
    out.available = from.amounts.available;
    out.as_of.seq = from.seq;
    if (from.events_below)
        out.as_of.cursor = make_cursor(list_scope{"events"}, feed_position{*from.events_below, 0});
    out.as_of.at = from.at;
    return out;
}

} // namespace

awaitable<response> create(request_context& context, const dependencies& with) {
    auto& on = write_session(context, with.database);
    const auto made = co_await with.service.create(on, *context.caller, context.body<new_account>(), context.expires);
    if (!made)
        co_return http::problem(context, made.error());
    co_return new_resource_answer("/api/v1/accounts/" + made->id.to_string(), *made, entity_tag(made->version));
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
    const auto scope = scope_of(query);
    const auto before = read_id_cursor(scope, query.cursor);
    if (!before)
        co_return http::problem(context, before.error());
    const account_filter filter{query.type, query.currency, query.status, query.customer_id, query.code};
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
        write_session(context, with.database), *context.caller, *id, versions, context.body<account_changes>(),
        context.expires);
    if (!changed)
        co_return http::problem(context, changed.error());
    co_return resource_answer(200, *changed, entity_tag(changed->version));
}

awaitable<response> freeze(request_context& context, const dependencies& with) {
    return change_status(context, with, &service::freeze);
}

awaitable<response> unfreeze(request_context& context, const dependencies& with) {
    return change_status(context, with, &service::unfreeze);
}

awaitable<response> close(request_context& context, const dependencies& with) {
    return change_status(context, with, &service::close);
}

awaitable<response> reopen(request_context& context, const dependencies& with) {
    return change_status(context, with, &service::reopen);
}

awaitable<response> get_balance(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    const auto at = context.query<balance_query>().at;
    const auto found = co_await with.service.balance(with.database, *context.caller, *id, at, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    co_return value_answer(shown(*found));
}

awaitable<response> read_balances(request_context& context, const dependencies& with) {
    const auto& asked = context.body<balances_request>();
    const auto found = co_await with.service.balances(
        with.database.lists(), *context.caller, asked.account_ids, asked.at, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    std::vector<balance> all;
    all.reserve(found->size());
    for (const auto& each : *found)
        all.push_back(shown(each));
    co_return value_answer(all);
}

} // namespace bursar::handlers::accounts
