// The rules of invitations: nobody invites to a role that may do what they may not, nor takes such an invitation back;
// a token is accepted once, within a week, and whoever has an account shows that it is theirs. Knows no HTTP. What it
// is made of must outlive it.
//
// Failures, beside those of the database: not_found; permission_denied (the role is above the caller's);
// unauthenticated (no open invitation, or the password of another); conflict (a member already); invalid_state (not
// open any more); overloaded; rate_limited (the account's budget is spent).
#pragma once

#include "db/repositories/identity/invitations.hpp"
#include "db/repositories/identity/members.hpp"
#include "handlers/identity/invitations/types.hpp"
#include "handlers/identity/sessions/service.hpp"
#include "handlers/shared/service.hpp"

namespace bursar::handlers::invitations {

using db::repositories::invitation;
using db::repositories::new_invitation;

// Where somebody who joins goes.
struct repositories {
    const db::repositories::invitation_repository& invitations;
    const db::repositories::user_repository& users;
    const db::repositories::member_repository& members;
};

class service {
public:
    service(const repositories& rows, const sessions::service& sessions) noexcept
        : rows_(rows)
        , sessions_(sessions) {}

    awaitable<result<made_invitation>>
    create(db::session& on, const principal& caller, const new_invitation& input, deadline until) const;

    awaitable<result<invitation>> get(db::session& on, const principal& caller, uuid id, deadline until) const;

    awaitable<result<page<invitation>>>
    list(db::session& on, const principal& caller, std::optional<uuid> before, int limit, deadline until) const;

    awaitable<result<invitation>> revoke(db::session& on, const principal& caller, uuid id, deadline until) const;

    awaitable<result<sessions::session_tokens>>
    accept(db::client& database, const acceptance& input, sessions::sign_in_attempt& by, deadline until) const;

private:
    struct joiner {
        db::repositories::new_user user; // who is known: the id, and the hash that their password matched
        bool known = false;
    };

    awaitable<result<joiner>> admit(
        db::client& database, const std::string& email, const acceptance& input, sessions::sign_in_attempt& by,
        deadline until) const;

    // In a transaction: makes the user, or makes sure that the password of one who is known is the same still.
    awaitable<result<>> settle(db::session& on, const joiner& who, deadline until) const;

    repositories rows_;
    const sessions::service& sessions_;
};

} // namespace bursar::handlers::invitations
