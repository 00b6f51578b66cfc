// The rules of signing in. An address without an account takes as long, and is answered the same, as a wrong password.
// A refresh token is used once: used twice it ends its session. What happens is in the audit log. Knows no HTTP. What
// it is made of must outlive it.
//
// Failures, beside those of the database: unauthenticated (wrong address, password or token); permission_denied (not a
// member there, or the caller has no session); overloaded (too many passwords wait to be looked at); rate_limited (the
// account's budget is spent: sign_in_attempt::left says until when; it slows strangers: from an address that the user
// has signed in from before, only that of the address does); validation_failed (a new password that is easy to guess,
// or is the present one).
#pragma once

#include "db/client.hpp"
#include "db/repositories/identity/sessions.hpp"
#include "db/repositories/identity/users.hpp"
#include "db/repositories/operations/audit_log.hpp"
#include "handlers/identity/sessions/failed_sign_ins.hpp"
#include "handlers/identity/sessions/types.hpp"
#include "handlers/shared/service.hpp"
#include "server/identity/access_tokens.hpp"
#include "server/identity/password_hasher.hpp"
#include "server/rate_limits/limiter.hpp"

namespace bursar::handlers::sessions {

using db::repositories::password_holder;
using db::repositories::user_session;
using server::request_origin;

// Somebody who tries a password: from where, and what that leaves of the budget of the account they try it on.
struct sign_in_attempt {
    request_origin from;
    server::rate_limits::budget left = {};
};

// What somebody who has just proved who they are did, for the audit log.
db::repositories::audit_record audit_record_of(
    std::string action, uuid org, uuid user, const request_origin& from, std::string resource_type, uuid resource);

class service {
public:
    service(
        const db::repositories::user_repository& users, const db::repositories::user_session_repository& sessions,
        const server::access_tokens& tokens, server::password_hasher& passwords, failed_sign_ins& failures,
        server::rate_limits::limiter& limits) noexcept
        : users_(users)
        , sessions_(sessions)
        , tokens_(tokens)
        , passwords_(passwords)
        , failures_(failures)
        , limits_(limits) {}

    awaitable<result<session_tokens>>
    sign_in(db::client& database, const credentials& given, sign_in_attempt& by, deadline until) const;

    awaitable<result<session_tokens>>
    refresh(db::client& database, const std::string& token, const request_origin& from, deadline until) const;

    // For somebody who has proved who they are, in the transaction that made them a member.
    awaitable<result<session_tokens>> open(
        db::session& on, uuid user, const db::repositories::membership& as, const request_origin& from,
        deadline until) const;

    // The hash of a new password of whom has this address; validation_failed at the pointer when it is easy to guess.
    awaitable<result<std::string>> hash_new(std::string password, std::string email, std::string pointer) const;

    // Who holds the address, with the hash that the password matched, or else nullopt. Charges the account, whether it
    // is anybody's or not, and notes what failed.
    awaitable<result<std::optional<password_holder>>> try_password(
        db::client& database, const std::string& email, const std::string& password, sign_in_attempt& by,
        deadline until) const;

    // The same of somebody who is known.
    awaitable<result<std::optional<password_holder>>> try_password(
        db::client& database, password_holder holder, const std::string& password, sign_in_attempt& by,
        deadline until) const;

    // Every other session of the user ends.
    awaitable<result<>> change_password(
        db::client& database, const principal& caller, const password_change& change, sign_in_attempt& by,
        deadline until) const;

    awaitable<result<page<user_session>>>
    list(db::session& on, const principal& caller, std::optional<uuid> before, int limit, deadline until) const;

    // In whatever organization it is; that one's audit log says so, under the name of the action.
    awaitable<result<>> revoke(
        db::client& database, const principal& caller, uuid id, std::string action, const request_origin& from,
        deadline until) const;

    // Everywhere, this one too. The audit log of each organization that had one says so.
    awaitable<result<>>
    revoke_all(db::client& database, const principal& caller, const request_origin& from, deadline until) const;

private:
    awaitable<result<std::optional<password_holder>>> verify(
        db::client& database, std::optional<password_holder> holder, server::rate_limits::subject account,
        const std::string& password, sign_in_attempt& by, deadline until) const;

    // Of a holder who is nobody as well, which takes as long.
    awaitable<result<bool>> knows(
        db::client& database, const std::optional<password_holder>& holder, const sign_in_attempt& by,
        deadline until) const;

    // With a hash by today's parameters, if that succeeds.
    awaitable<result<std::optional<password_holder>>>
    renew(db::client& database, password_holder holder, const std::string& password, deadline until) const;

    session_tokens make_tokens(
        uuid user, uuid org, server::role role, uuid session, std::string refresh_token,
        server::timestamp expires_at) const;

    const db::repositories::user_repository& users_;
    const db::repositories::user_session_repository& sessions_;
    const server::access_tokens& tokens_;
    server::password_hasher& passwords_;
    failed_sign_ins& failures_;
    server::rate_limits::limiter& limits_;
};

} // namespace bursar::handlers::sessions
