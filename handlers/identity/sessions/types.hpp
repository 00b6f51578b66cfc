// What signing in looks like on the wire.
#pragma once

#include "db/repositories/identity/sessions.hpp"
#include "server/identity/permission_list.hpp"
#include "server/schema/declare.hpp"

#include <boost/describe/enum.hpp>

// Where argument-dependent lookup finds the descriptions.
namespace bursar::server {

BOOST_DESCRIBE_ENUM(actor_kind, api_key, user)

constexpr auto describe_schema(const actor_kind*) {
    return schema::enumeration("ActorKind", "Who acts: a program by its API key, or a person.");
}

constexpr auto describe_schema(const role*) {
    return schema::enumeration(
        "Role", "What a member may do. A viewer reads; an agent also serves customers and tickets; an admin does "
                "everything but change the organization and its owners; an owner does everything.");
}

constexpr auto describe_schema(const permission*) {
    return schema::enumeration("Permission", "What a route asks for, and a role or an API key holds.");
}

} // namespace bursar::server

namespace bursar::db::repositories {

constexpr auto describe_schema(const user_session*) {
    using namespace server::schema;
    return object(
        "Session", "Somebody signed in, for as long as they refresh it.",
        field("id", &user_session::id, doc{"Made by the server."}),
        field("organization_id", &user_session::organization_id, doc{"For which it is."}),
        field("client_address", &user_session::client_address, doc{"Where it began."}, example{"203.0.113.7"}),
        field("user_agent", &user_session::user_agent, doc{"What it began with."}, example{"Firefox"}),
        field("created_at", &user_session::created_at), field("refreshed_at", &user_session::refreshed_at),
        field("expires_at", &user_session::expires_at, doc{"Then it takes the password again."}));
}

} // namespace bursar::db::repositories

namespace bursar::handlers::sessions {

using server::uuid;

inline constexpr server::schema::length new_password_length{12, 128};
inline constexpr server::schema::doc new_password_doc{"Spaces and all other characters may stand in it. Not white "
                                                      "space alone, a word of a dictionary, a sequence, the same "
                                                      "few characters over and over, or the address of its owner."};

struct credentials {
    std::string email;
    std::string password;
    std::optional<uuid> organization_id;
};

constexpr auto describe_schema(const credentials*) {
    using namespace server::schema;
    return object(
        "SignIn", "Who wants to sign in.",
        field("email", &credentials::email, formats::ascii_email, length{3, 254}, example{"ada@example.com"}),
        field("password", &credentials::password, length{1, 128}, example{"correct horse battery staple"}),
        field(
            "organization_id", &credentials::organization_id,
            doc{"For somebody who is a member of several. Absent: the one that they joined first."}));
}

struct refresh_request {
    std::string refresh_token;
};

constexpr auto describe_schema(const refresh_request*) {
    using namespace server::schema;
    return object(
        "RefreshSession", "What keeps a session going.",
        field(
            "refresh_token", &refresh_request::refresh_token, length{1, 100}, formats::visible_ascii,
            doc{"The one that was given last. Each is used once."},
            example{"bsr_live_0123456789abcdefghijABCDEFGHIJ012345"}));
}

struct password_change {
    std::string current_password;
    std::string new_password;
};

constexpr auto describe_schema(const password_change*) {
    using namespace server::schema;
    return object(
        "ChangePassword", "A new password in place of the one that was.",
        field(
            "current_password", &password_change::current_password, length{1, 128},
            example{"correct horse battery staple"}),
        field(
            "new_password", &password_change::new_password, new_password_length, not_blank{}, new_password_doc,
            example{"another horse battery staple"}));
}

struct session_tokens {
    std::string access_token;
    std::string token_type = "Bearer";
    std::int64_t expires_in = 0;
    std::string refresh_token;
    server::timestamp refresh_expires_at;
    uuid session_id;
    uuid user_id;
    uuid organization_id;
    server::role role = server::role::viewer;
};

constexpr auto describe_schema(const session_tokens*) {
    using namespace server::schema;
    return object(
        "SessionTokens", "What somebody who signed in speaks with. It is shown once.",
        field(
            "access_token", &session_tokens::access_token,
            doc{"A JWT: goes into `Authorization: Bearer …` of every request. Check it with /.well-known/jwks.json."}),
        field("token_type", &session_tokens::token_type, example{"Bearer"}),
        field(
            "expires_in", &session_tokens::expires_in, range{1, 86'400}, doc{"Seconds that the access token lives."},
            example{"900"}),
        field(
            "refresh_token", &session_tokens::refresh_token,
            doc{"Buys the next pair of tokens, once. Used a second time it ends the session, because one of the two "
                "has "
                "stolen it."}),
        field(
            "refresh_expires_at", &session_tokens::refresh_expires_at,
            doc{"When the session ends, however often it is refreshed."}),
        field("session_id", &session_tokens::session_id), field("user_id", &session_tokens::user_id),
        field("organization_id", &session_tokens::organization_id), field("role", &session_tokens::role));
}

// Who makes a request.
struct current_caller {
    server::actor_kind kind = server::actor_kind::api_key;
    uuid id;
    uuid organization_id;
    server::permission_list permissions;
    std::optional<uuid> session_id;
};

constexpr auto describe_schema(const current_caller*) {
    using namespace server::schema;
    return object(
        "Caller", "Who you are to bursar.", field("kind", &current_caller::kind),
        field("id", &current_caller::id, doc{"Of the API key or the user."}),
        field("organization_id", &current_caller::organization_id), field("permissions", &current_caller::permissions),
        field("session_id", &current_caller::session_id, doc{"Of a user who signed in here."}));
}

} // namespace bursar::handlers::sessions
