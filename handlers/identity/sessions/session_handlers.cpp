#include "handlers/identity/sessions/session_handlers.hpp"

#include "handlers/shared/answers.hpp"
#include "server/http/origin.hpp"

namespace bursar::handlers::sessions {

namespace http = server::http;

namespace {

response done_or(request_context& context, const result<>& outcome) {
    return outcome ? http::no_content() : http::problem(context, outcome.error());
}

awaitable<response> end_session(request_context& context, const dependencies& with, uuid id) {
    const auto from = http::origin_of(context);
    const std::string action{context.route->operation_id};
    const auto done = co_await with.service.revoke(with.database, *context.caller, id, action, from, context.expires);
    co_return done_or(context, done);
}

} // namespace

response new_session_answer(const session_tokens& tokens) {
    return new_value_answer("/api/v1/sessions/" + tokens.session_id.to_string(), tokens);
}

response refusal_of(request_context& context, const sign_in_attempt& by, const server::error& why) {
    return by.left.allowed() ? http::problem(context, why) : http::rate_limited(context, by.left);
}

awaitable<response> sign_in(request_context& context, const dependencies& with, const credentials& given) {
    sign_in_attempt by{http::origin_of(context)};
    const auto opened = co_await with.service.sign_in(with.database, given, by, context.expires);
    if (!opened)
        co_return refusal_of(context, by, opened.error());
    co_return new_session_answer(*opened);
}

awaitable<response> refresh(request_context& context, const dependencies& with, const refresh_request& asked) {
    const auto from = http::origin_of(context);
    const auto next = co_await with.service.refresh(with.database, asked.refresh_token, from, context.expires);
    if (!next)
        co_return http::problem(context, next.error());
    co_return value_answer(*next);
}

awaitable<response> get_signing_keys(request_context&, const dependencies& with) {
    response answer;
    answer.headers.add("Content-Type", "application/json");
    answer.headers.add("Cache-Control", "public, max-age=60");
    answer.body = with.keys.public_set();
    co_return answer;
}

awaitable<response> get_caller(request_context& context) {
    const auto& caller = *context.caller;
    current_caller out;
    out.kind = caller.kind;
    out.id = caller.id;
    out.organization_id = caller.org;
    out.permissions = server::list_of(caller.permissions);
    out.session_id = caller.session;
    co_return value_answer(out);
}

awaitable<response> change_password(
    request_context& context, const dependencies& with, const server::principal& caller,
    const password_change& wanted) {
    sign_in_attempt by{http::origin_of(context)};
    const auto done = co_await with.service.change_password(with.database, caller, wanted, by, context.expires);
    if (!done)
        co_return refusal_of(context, by, done.error());
    co_return http::no_content();
}

awaitable<response> remove(request_context& context, const dependencies& with, uuid id) {
    return end_session(context, with, id);
}

awaitable<response> remove_current(request_context& context, const dependencies& with) {
    return end_session(context, with, context.caller->session.value_or(uuid{}));
}

awaitable<response> remove_all(request_context& context, const dependencies& with) {
    const auto from = http::origin_of(context);
    const auto done = co_await with.service.revoke_all(with.database, *context.caller, from, context.expires);
    co_return done_or(context, done);
}

} // namespace bursar::handlers::sessions
