// Sign-ins and their refresh tokens in PostgreSQL. A refresh token is used once and gives way to the next; one that
// comes a second time is somebody else's, or was, and ends the session. Failures are those of db::session. Holds the
// statements: outlives every call.
#pragma once

#include "db/repositories/page.hpp"
#include "db/session.hpp"
#include "server/identity/role.hpp"
#include "server/principal.hpp"
#include "server/secret.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

// One sign-in, as its user sees it.
struct user_session {
    uuid id;
    uuid organization_id;
    std::optional<std::string> client_address;
    std::optional<std::string> user_agent;
    timestamp created_at;
    timestamp refreshed_at;
    timestamp expires_at;
};

struct new_user_session {
    uuid org;
    uuid id;
    uuid user;
    std::optional<std::string> client_address;
    std::optional<std::string> user_agent;
    std::chrono::seconds life; // from now, by the database's clock
    server::sha256_hash refresh_token{};
};

// What became of a refresh token that was presented.
struct presented_token {
    uuid org;
    uuid session;
    uuid user;
    bool used = false;  // before
    bool ended = false; // the session is revoked or expired
    timestamp expires_at;
    server::role role = server::role::viewer;
};

class user_session_repository {
public:
    user_session_repository();

    // Who speaks in a session; nullopt when it is over.
    awaitable<result<std::optional<server::principal>>>
    find_caller(session& on, uuid org, uuid id, deadline until) const;

    // When it expires.
    awaitable<result<timestamp>> insert(session& on, const new_user_session& fields, deadline until) const;

    // Whether the user has signed in from there before. The hash is of both (db/migrations/0022).
    awaitable<result<bool>>
    knows_address(session& on, uuid user, const server::sha256_hash& address, deadline until) const;
    // In the transaction of insert(): that they do now.
    awaitable<result<>> note_address(session& on, uuid user, const server::sha256_hash& address, deadline until) const;

    // In a transaction: locks the token. nullopt: there is none.
    awaitable<result<std::optional<presented_token>>>
    present(session& on, const server::sha256_hash& token, deadline until) const;

    // In the transaction of present(): the token has been used, the next one stands in its place.
    awaitable<result<>> rotate(
        session& on, const presented_token& old, const server::sha256_hash& token, const server::sha256_hash& next,
        deadline until) const;

    // Those of the user that go on, newest first, in whatever organization.
    awaitable<result<page<user_session>>>
    list(session& on, uuid user, std::optional<uuid> before, int limit, deadline until) const;

    // For which organization it was; nullopt: the user has no such session that goes on.
    awaitable<result<std::optional<uuid>>> revoke(session& on, uuid user, uuid id, deadline until) const;

    // All of the user's, but for one that is spared. For which organizations they were.
    awaitable<result<std::vector<uuid>>>
    revoke_all(session& on, uuid user, std::optional<uuid> spared, deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    const statement find_caller_;
    const statement insert_;
    const statement knows_address_;
    const statement note_address_;
    const statement present_;
    const statement rotate_;
    const statement list_;
    const statement revoke_;
    const statement revoke_all_;
};

} // namespace bursar::db::repositories
