#include "handlers/transfers/transfer_handlers.hpp"

#include "handlers/answers.hpp"
#include "handlers/entity_tag.hpp"

namespace bursar::handlers::transfers {

namespace http = server::http;
using server::errc;

namespace {

request_identity identity_of(request_context& context) {
    return {
        *context.caller, *context.state.find<http::request_key>(), std::string{std::string_view{context.request_id}}};
}

// What changes of a transfer: its state, once, and what was reversed of it.
std::string tag_of(const transfer& shown) {
    return entity_tag(shown.reversed_amount * 4 + static_cast<std::int64_t>(shown.state) + 1);
}

response answer(request_context& context, const reply& made) {
    auto out = [&] {
        if (!made.what)
            return made.request_id.empty() ? http::problem(context, made.what.error())
                                           : http::problem(context, made.what.error(), made.request_id);
        std::string data;
        data.reserve(1024);
        server::schema::render(data, *made.what);
        return http::created_answer("/api/v1/transfers/" + made.what->id.to_string(), data);
    }();
    if (made.replayed)
        out.headers.add("Idempotent-Replayed", "true");
    return out;
}

} // namespace

awaitable<response> create(request_context& context, const dependencies& with) {
    const auto made = co_await with.service.create(identity_of(context), context.body<new_transfer>(), context.expires);
    co_return answer(context, made);
}

awaitable<response> post(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    const auto made = co_await with.service.post(identity_of(context), *id, context.body<part>(), context.expires);
    co_return answer(context, made);
}

awaitable<response> void_(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    const auto made = co_await with.service.void_(identity_of(context), *id, context.expires);
    co_return answer(context, made);
}

awaitable<response> reverse(request_context& context, const dependencies& with) {
    const auto id = context.id_parameter("id");
    if (!id)
        co_return http::problem(context, errc::not_found);
    const auto made = co_await with.service.reverse(identity_of(context), *id, context.body<part>(), context.expires);
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

} // namespace bursar::handlers::transfers
