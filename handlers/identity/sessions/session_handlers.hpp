// From HTTP to the service of sessions and back. The dependencies must outlive the handlers.
#pragma once

#include "handlers/identity/sessions/routes.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::sessions {

using server::http::request_context;
using server::http::response;

// 201 with the session's place and its tokens.
response new_session_answer(const session_tokens& tokens);

// 429 when the account's budget was spent, or else what the error says.
response refusal_of(request_context& context, const sign_in_attempt& by, const server::error& why);

awaitable<response> sign_in(request_context& context, const dependencies& with, const credentials& given);
awaitable<response> refresh(request_context& context, const dependencies& with, const refresh_request& asked);
awaitable<response> get_signing_keys(request_context& context, const dependencies& with);
awaitable<response> get_caller(request_context& context);
awaitable<response> change_password(
    request_context& context, const dependencies& with, const server::principal& caller, const password_change& wanted);
awaitable<response> remove(request_context& context, const dependencies& with, uuid id);
awaitable<response> remove_current(request_context& context, const dependencies& with);
awaitable<response> remove_all(request_context& context, const dependencies& with);

} // namespace bursar::handlers::sessions
