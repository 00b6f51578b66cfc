// The rules of organizations: one begins with an owner, and a change starts from a known version. Knows no HTTP. What
// it is made of must outlive it.
//
// Failures, beside those of the database: permission_denied (sign-up is switched off); conflict (the address has a
// user); not_found; precondition_failed; overloaded (too many passwords wait to be hashed).
#pragma once

#include "db/repositories/identity/members.hpp"
#include "db/repositories/identity/organizations.hpp"
#include "handlers/identity/organizations/types.hpp"
#include "handlers/identity/sessions/service.hpp"
#include "handlers/shared/service.hpp"

namespace bursar::handlers::organizations {

using db::repositories::organization;
using db::repositories::organization_changes;

// The repositories that a new organization goes into.
struct repositories {
    const db::repositories::organization_repository& organizations;
    const db::repositories::user_repository& users;
    const db::repositories::member_repository& members;
};

class service {
public:
    service(const repositories& rows, const sessions::service& sessions, bool sign_up_allowed) noexcept
        : rows_(rows)
        , sessions_(sessions)
        , sign_up_allowed_(sign_up_allowed) {}

    awaitable<result<sessions::session_tokens>> sign_up(
        db::client& database, const new_account_holder& input, const server::request_origin& from,
        deadline until) const;

    awaitable<result<organization>> get(db::session& on, const principal& caller, deadline until) const;

    // A patch that changes nothing returns the organization as it is, version and all.
    awaitable<result<organization>> patch(
        db::session& on, const principal& caller, const expected_versions& versions,
        const organization_changes& changes, deadline until) const;

private:
    repositories rows_;
    const sessions::service& sessions_;
    bool sign_up_allowed_;
};

} // namespace bursar::handlers::organizations
