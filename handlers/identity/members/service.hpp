// The rules of members: nobody gives or takes a role that may do what they may not, an organization keeps an owner, and
// who may do less than before, or goes, leaves no open invitation behind. Knows no HTTP. The repositories must outlive
// the service.
//
// Failures, beside those of the database: not_found; permission_denied (the role is above the caller's); invalid_state
// (the last owner); precondition_failed.
#pragma once

#include "db/client.hpp"
#include "db/repositories/identity/invitations.hpp"
#include "db/repositories/identity/members.hpp"
#include "handlers/shared/service.hpp"

namespace bursar::handlers::members {

using db::repositories::member;
using db::repositories::member_changes;

class service {
public:
    service(
        const db::repositories::member_repository& members,
        const db::repositories::invitation_repository& invitations) noexcept
        : members_(members)
        , invitations_(invitations) {}

    awaitable<result<member>> get(db::session& on, const principal& caller, uuid user, deadline until) const;

    awaitable<result<page<member>>>
    list(db::session& on, const principal& caller, std::optional<uuid> before, int limit, deadline until) const;

    // What changes a member is done in a transaction. A patch that changes nothing returns the member as it is, version
    // and all.
    awaitable<result<member>> patch(
        db::transaction& on, const principal& caller, uuid user, const expected_versions& versions,
        const member_changes& changes, deadline until) const;

    awaitable<result<>> remove(
        db::transaction& on, const principal& caller, uuid user, const expected_versions& versions,
        deadline until) const;

private:
    const db::repositories::member_repository& members_;
    const db::repositories::invitation_repository& invitations_;
};

} // namespace bursar::handlers::members
