// What invitations look like on the wire.
#pragma once

#include "db/repositories/identity/invitations.hpp"
#include "handlers/identity/sessions/types.hpp"
#include "handlers/shared/resource.hpp"

// Where argument-dependent lookup finds the descriptions.
namespace bursar::db::repositories {

constexpr auto describe_schema(const invitation_status*) {
    return server::schema::enumeration("InvitationStatus", "An open one can be accepted, once.");
}

constexpr auto describe_schema(const invitation*) {
    using namespace server::schema;
    return object(
        "Invitation", "Somebody is asked to join.", field("id", &invitation::id, doc{"Made by the server."}),
        field("email", &invitation::email, formats::email, length{3, 254}, example{"grace@example.com"}),
        field("role", &invitation::role), field("status", &invitation::status),
        field("invited_by", &invitation::invited_by, doc{"An API key or a user. Null: an operator."}),
        field("created_at", &invitation::created_at), field("expires_at", &invitation::expires_at));
}

constexpr auto describe_schema(const new_invitation*) {
    using namespace server::schema;
    return object(
        "CreateInvitation", "Who shall join, and as what.",
        field("email", &new_invitation::email, formats::ascii_email, length{3, 254}, example{"grace@example.com"}),
        field("role", &new_invitation::role, example{"agent"}));
}

} // namespace bursar::db::repositories

namespace bursar::handlers::invitations {

// An invitation as it is made, or replayed.
struct made_invitation {
    db::repositories::invitation invitation;
    std::optional<std::string> token;
};

constexpr auto describe_schema(const made_invitation*) {
    using namespace server::schema;
    return object(
        "IssuedInvitation", "An invitation and the token that accepts it.",
        field("invitation", &made_invitation::invitation),
        field(
            "token", &made_invitation::token,
            doc{"Bring it to whom it is for. It is shown this once, and null when the request is repeated."},
            example{"bsi_live_0123456789abcdefghijABCDEFGHIJ012345"}));
}

struct acceptance {
    std::string token;
    std::string name;
    std::string password;
};

constexpr auto describe_schema(const acceptance*) {
    using namespace server::schema;
    return object(
        "AcceptInvitation", "Who accepts.",
        field(
            "token", &acceptance::token, length{1, 100}, formats::visible_ascii,
            example{"bsi_live_0123456789abcdefghijABCDEFGHIJ012345"}),
        field(
            "name", &acceptance::name, length{1, 200}, label{},
            doc{"What people call you. Of no account when you have signed up before."}, example{"Grace Hopper"}),
        field(
            "password", &acceptance::password, sessions::new_password_length,
            doc{"Your password, when you have signed up before; or else a new one."},
            example{"correct horse battery staple"}));
}

} // namespace bursar::handlers::invitations

namespace bursar::handlers {

template <>
struct resource<invitations::made_invitation> {
    static std::string name(const invitations::made_invitation& shown) { return shown.invitation.id.to_string(); }
    static std::optional<std::string>& secret(invitations::made_invitation& shown) { return shown.token; }
};

} // namespace bursar::handlers
