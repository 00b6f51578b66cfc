// Invitations in PostgreSQL. Every statement is confined to one organization, but for the one that knows the token.
// Failures are those of db::session; what a find does not find is errc::not_found. Holds the statements: outlives every
// call.
#pragma once

#include "db/repositories/page.hpp"
#include "db/session.hpp"
#include "server/identity/role.hpp"
#include "server/secret.hpp"

#include <boost/describe/enum.hpp>

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

enum class invitation_status : std::uint8_t { open, accepted, revoked, expired };
BOOST_DESCRIBE_ENUM(invitation_status, open, accepted, revoked, expired)

struct invitation {
    uuid id;
    std::string email;
    server::role role = server::role::viewer;
    invitation_status status = invitation_status::open;
    std::optional<uuid> invited_by;
    timestamp created_at;
    timestamp expires_at;
};

struct new_invitation {
    std::string email;
    server::role role = server::role::viewer;
};

// What a token opens.
struct accepted_invitation {
    uuid org;
    uuid id;
    std::string email;
    server::role role = server::role::viewer;
};

class invitation_repository {
public:
    invitation_repository();

    // For a week. invited_by: null for an operator.
    awaitable<result<invitation>> insert(
        session& on, uuid org, uuid id, const new_invitation& fields, const server::sha256_hash& token,
        std::optional<uuid> invited_by, deadline until) const;

    awaitable<result<invitation>> find(session& on, uuid org, uuid id, deadline until) const;

    // Newest first, those with ids below `before`.
    awaitable<result<page<invitation>>>
    list(session& on, uuid org, std::optional<uuid> before, int limit, deadline until) const;

    // nullopt: no such invitation, or it is not open.
    awaitable<result<std::optional<invitation>>> revoke(session& on, uuid org, uuid id, deadline until) const;

    // The open ones that somebody made.
    awaitable<result<>> revoke_all(session& on, uuid org, uuid invited_by, deadline until) const;

    // nullopt: no invitation that is open.
    awaitable<result<std::optional<accepted_invitation>>>
    find_open(session& on, const server::sha256_hash& token, deadline until) const;

    // The same, and it is open no more.
    awaitable<result<std::optional<accepted_invitation>>>
    accept(session& on, const server::sha256_hash& token, deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    const statement insert_;
    const statement find_;
    const statement list_;
    const statement revoke_;
    const statement revoke_all_;
    const statement find_open_;
    const statement accept_;
};

} // namespace bursar::db::repositories
