// The members of an organization in PostgreSQL. Every statement is confined to one organization. Failures are those of
// db::session; what a find does not find is errc::not_found, what a guarded write does not match is nullopt. A change
// that would leave the organization without an owner is a conflict with the constraint memberships_owner_stays. Holds
// the statements: outlives every call.
#pragma once

#include "db/repositories/page.hpp"
#include "db/session.hpp"
#include "server/identity/role.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

struct member {
    uuid user_id;
    std::string email;
    std::string name;
    server::role role = server::role::viewer;
    std::int64_t version = 0;
    timestamp created_at;
    timestamp updated_at;
};

struct member_changes {
    server::role role = server::role::viewer;
};

class member_repository {
public:
    member_repository();

    // False: a member already.
    awaitable<result<bool>> insert(session& on, uuid org, uuid user, server::role role, deadline until) const;

    awaitable<result<member>> find(session& on, uuid org, uuid user, deadline until) const;

    // Newest user first, those with ids below `before`.
    awaitable<result<page<member>>>
    list(session& on, uuid org, std::optional<uuid> before, int limit, deadline until) const;

    // nullopt: no such member, another version, or nothing would change.
    awaitable<result<std::optional<member>>> update(
        session& on, uuid org, uuid user, const expected_versions& versions, const member_changes& changes,
        deadline until) const;

    // With the member's sessions in the organization. False: no such member, or another version.
    awaitable<result<bool>>
    remove(session& on, uuid org, uuid user, const expected_versions& versions, deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    const statement insert_;
    const statement find_;
    const statement list_;
    const statement update_;
    const statement remove_;
};

} // namespace bursar::db::repositories
