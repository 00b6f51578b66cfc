#include "handlers/identity/sessions/routes.hpp"

#include "handlers/identity/sessions/session_handlers.hpp"
#include "handlers/shared/routes.hpp"

namespace bursar::handlers::sessions {

namespace {

// What hands out tokens takes no Idempotency-Key: its answer is not kept.
std::vector<http::route> token_routes(const dependencies& with) {
    return {
        {.method = verb::post,
         .path = "/api/v1/sessions",
         .operation_id = "signIn",
         .summary = "Sign in",
         .description = "Who has no account is told the same, after the same time, as who has the wrong password.",
         .tag = "Sessions",
         .access = http::anyone{},
         .rate = http::rate_class::login,
         .body = schema::body_of<credentials>(),
         .body_limit = http::open_body_limit,
         .answers =
             {schema::answer_of<session_tokens>(201, "Signed in."),
              schema::failure(errc::unauthenticated, "The e-mail address or the password is wrong."),
              schema::failure(errc::permission_denied, "Not a member of that organization."),
              schema::failure(errc::dependency_unavailable), schema::failure(errc::outcome_unknown)},
         .handler = answered_by<&sign_in>(with)},

        {.method = verb::post,
         .path = "/api/v1/sessions/refresh",
         .operation_id = "refreshSession",
         .summary = "Exchange a refresh token for the next tokens",
         .description = "Each refresh token is used once. One that is used again ends its session.",
         .tag = "Sessions",
         .access = http::anyone{},
         .body = schema::body_of<refresh_request>(),
         .body_limit = http::open_body_limit,
         .answers =
             {schema::answer_of<session_tokens>(200, "The next tokens."),
              schema::failure(errc::unauthenticated, "No such token, used before, or its session is over."),
              schema::failure(errc::dependency_unavailable), schema::failure(errc::outcome_unknown)},
         .handler = answered_by<&refresh>(with)},

        {.method = verb::get,
         .path = "/.well-known/jwks.json",
         .operation_id = "getSigningKeys",
         .summary = "Read the public keys that access tokens are signed with",
         .description =
             "A JSON Web Key Set (RFC 7517), for whoever checks tokens without asking bursar. A key is in it "
             "before the first token that it signs, and until after the last.",
         .tag = "Sessions",
         .access = http::anyone{},
         .answers = {schema::plain_answer(
             200, "application/json", "The keys.",
             R"({"keys":[{"kty":"EC","kid":"019a9f2e-7c1b-7d5e-9a51-0c8e53b8a001","crv":"P-256","alg":"ES256","use":"sig","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})")},
         .handler = answered_by<&get_signing_keys>(with)},
    };
}

// A user's sessions and password are theirs in every organization, and the transaction of a request is confined to one:
// what changes them has a transaction of its own, and writes to the audit log of each organization that it concerns.
std::vector<http::route> own_routes(const dependencies& with) {
    const auto no_session = [] {
        return schema::failure(errc::permission_denied, "Only a user who signed in here has sessions and a password.");
    };
    return {
        {.method = verb::get,
         .path = "/api/v1/me",
         .operation_id = "getCaller",
         .summary = "Who am I, and what may I do?",
         .tag = "Sessions",
         .access = http::signed_in{},
         .answers = {schema::answer_of<current_caller>(200, "You.")},
         .handler = [](request_context& c) { return get_caller(c); }},

        {.method = verb::post,
         .path = "/api/v1/me/password",
         .operation_id = "changePassword",
         .summary = "Change my password",
         .description = "Every other session of yours ends, in every organization.",
         .tag = "Sessions",
         .access = http::signed_in{},
         .rate = http::rate_class::login,
         .body = schema::body_of<password_change>(),
         .answers = {schema::no_content_answer(), no_session(), schema::failure(errc::conflict)},
         .handler = answered_by<&change_password>(with)},

        {.method = verb::get,
         .path = "/api/v1/sessions",
         .operation_id = "listSessions",
         .summary = "List my sessions, newest first",
         .tag = "Sessions",
         .access = http::signed_in{},
         .query = schema::query_of<page_query>(),
         .answer = http::answer_size::large,
         .answers = {schema::list_of<user_session>("A page of sessions that go on."), no_session()},
         .handler = lists<page_query, &service::list>(with)},

        {.method = verb::delete_,
         .path = "/api/v1/sessions",
         .operation_id = "signOutEverywhere",
         .summary = "Sign out everywhere",
         .description = "All sessions of yours end, this one too, in every organization and within a second.",
         .tag = "Sessions",
         .access = http::signed_in{},
         .audited = http::audited::by_handler,
         .answers = {schema::no_content_answer(), no_session()},
         .handler = answered_by<&remove_all>(with)},

        {.method = verb::delete_,
         .path = "/api/v1/sessions/current",
         .operation_id = "signOut",
         .summary = "Sign out",
         .tag = "Sessions",
         .access = http::signed_in{},
         .audited = http::audited::by_handler,
         .answers = {schema::no_content_answer(), no_session(), schema::failure(errc::not_found)},
         .handler = answered_by<&remove_current>(with)},

        {.method = verb::delete_,
         .path = "/api/v1/sessions/{id}",
         .operation_id = "endSession",
         .summary = "End a session of mine",
         .tag = "Sessions",
         .access = http::signed_in{},
         .audited = http::audited::by_handler,
         .answers = {schema::no_content_answer(), no_session()},
         .handler = answered_by<&remove>(with)},
    };
}

} // namespace

std::vector<http::route> routes(const dependencies& with) {
    auto all = token_routes(with);
    for (auto& each : own_routes(with))
        all.push_back(std::move(each));
    return all;
}

} // namespace bursar::handlers::sessions
