#include "handlers/ledger/transfers/transfer_handlers.hpp"

#include "handlers/ledger/transfers/keyed_request.hpp"
#include "server/http/answer.hpp"
#include "server/schema/schema.hpp"

namespace bursar::handlers::transfers {

namespace http = server::http;
using server::errc;

namespace {

// The nil id, which no transfer has, for what is none.
uuid target_of(const request_context& context) {
    return uuid::parse(context.parameter("id")).value_or(uuid{});
}

response answer(request_context& context, const transfer_result& made) {
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

} // namespace

server::result<> fill(const list_query& query, db::repositories::transfer_filter& out) {
    const int selectors = int{query.account_id.has_value()} + int{query.customer_id.has_value()} +
                          int{query.external_reference.has_value()} + int{query.metadata_key.has_value()};
    if (selectors > 1)
        return server::error{
            errc::validation_failed,
            {{"account_id", "at most one of account_id, customer_id, external_reference and metadata_key"}}};
    if (query.metadata_key.has_value() != query.metadata_value.has_value())
        return server::error{errc::validation_failed, {{"metadata_value", "belongs to metadata_key"}}};
    out = {query.account_id, query.customer_id, query.external_reference, {}, query.state, query.from, query.to};
    if (query.metadata_key) {
        auto& wanted = out.metadata.emplace("{");
        server::append_json_string(wanted, *query.metadata_key);
        wanted += ':';
        server::append_json_string(wanted, *query.metadata_value);
        wanted += '}';
    }
    return {};
}

awaitable<response> create(request_context& context, const dependencies& with, const new_transfer& wanted) {
    const auto made = co_await with.service.create(keyed(context), wanted, context.expires);
    co_return answer(context, made);
}

awaitable<response> post(request_context& context, const dependencies& with, const part& of) {
    const auto id = target_of(context);
    const auto made = co_await with.service.post(keyed(context), id, of, context.expires);
    co_return answer(context, made);
}

awaitable<response> void_transfer(request_context& context, const dependencies& with) {
    const auto id = target_of(context);
    const auto made = co_await with.service.void_transfer(keyed(context), id, context.expires);
    co_return answer(context, made);
}

awaitable<response> reverse(request_context& context, const dependencies& with, const part& of) {
    const auto id = target_of(context);
    const auto made = co_await with.service.reverse(keyed(context), id, of, context.expires);
    co_return answer(context, made);
}

} // namespace bursar::handlers::transfers
