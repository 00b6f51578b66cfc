#include "handlers/identity/invitations/routes.hpp"

#include "handlers/identity/sessions/session_handlers.hpp"
#include "handlers/shared/routes.hpp"

namespace bursar::handlers::invitations {

namespace {

awaitable<response> accept(request_context& context, const dependencies& with, const acceptance& given) {
    sessions::sign_in_attempt by{http::origin_of(context)};
    const auto opened = co_await with.service.accept(with.database, given, by, context.expires);
    if (!opened)
        co_return sessions::refusal_of(context, by, opened.error());
    co_return sessions::new_session_answer(*opened);
}

} // namespace

std::vector<http::route> routes(const dependencies& with) {
    return {
        {.method = verb::post,
         .path = "/api/v1/invitations",
         .operation_id = "createInvitation",
         .summary = "Invite somebody to join",
         .description =
             "The answer holds a token that accepts the invitation within a week. It is not kept: a repeated "
             "request shows the invitation without it. bursar sends no mail; bring the token to whom it is "
             "for. Nobody invites to a role that may do what they may not.",
         .tag = "Members",
         .access = users_write,
         .idempotent = http::idempotency::required,
         .body = schema::body_of<new_invitation>(),
         .answers = {schema::answer_of<made_invitation>(201, "The invitation, durable.")},
         .handler = calls<&service::create>(with)},

        {.method = verb::get,
         .path = "/api/v1/invitations",
         .operation_id = "listInvitations",
         .summary = "List invitations, newest first",
         .tag = "Members",
         .access = users_read,
         .query = schema::query_of<page_query>(),
         .answer = http::answer_size::large,
         .answers = {schema::list_of<invitation>("A page of invitations.")},
         .handler = lists<page_query, &service::list>(with)},

        {.method = verb::get,
         .path = "/api/v1/invitations/{id}",
         .operation_id = "getInvitation",
         .summary = "Read an invitation",
         .tag = "Members",
         .access = users_read,
         .answers = {schema::answer_of<invitation>(200, "The invitation.")},
         .handler = calls<&service::get>(with)},

        {.method = verb::post,
         .path = "/api/v1/invitations/{id}/revoke",
         .operation_id = "revokeInvitation",
         .summary = "Take an invitation back",
         .description = "Nobody takes back an invitation to a role that may do what they may not.",
         .tag = "Members",
         .access = users_write,
         .idempotent = http::idempotency::required,
         .answers =
             {schema::answer_of<invitation>(200, "The invitation, revoked."),
              schema::failure(errc::invalid_state, "The invitation is not open any more.")},
         .handler = calls<&service::revoke>(with)},

        {.method = verb::post,
         .path = "/api/v1/invitations/accept",
         .operation_id = "acceptInvitation",
         .summary = "Join by an invitation, and sign in",
         .description =
             "Who has signed up before shows their password; who has not chooses one. Its answer is not kept, "
             "so it takes no Idempotency-Key; a token is accepted once.",
         .tag = "Members",
         .access = http::anyone{},
         .rate = http::rate_class::login,
         .body = schema::body_of<acceptance>(),
         .body_limit = http::open_body_limit,
         .answers =
             {schema::answer_of<sessions::session_tokens>(201, "Joined and signed in."),
              schema::failure(errc::unauthenticated, "No open invitation, or the password of another."),
              schema::failure(errc::conflict, "A member already."), schema::failure(errc::dependency_unavailable),
              schema::failure(errc::outcome_unknown)},
         .handler = answered_by<&accept>(with)},
    };
}

} // namespace bursar::handlers::invitations
