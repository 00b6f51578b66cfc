// People in PostgreSQL, whatever their organizations, and what proves that they are who they say. Failures are those of
// db::session. Holds the statements: outlives every call.
#pragma once

#include "db/session.hpp"
#include "server/identity/role.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

struct new_user {
    uuid id;
    std::string email;
    std::string name;
    std::string password_hash;
};

struct password_holder {
    uuid id;
    std::string password_hash;
};

// Where somebody is a member, and as what.
struct membership {
    uuid org;
    server::role role = server::role::viewer;
};

class user_repository {
public:
    user_repository();

    // False: somebody has this address.
    awaitable<result<bool>> insert(session& on, const new_user& fields, deadline until) const;

    // By address, without regard to case.
    awaitable<result<std::optional<password_holder>>>
    find_password(session& on, const std::string& email, deadline until) const;
    awaitable<result<std::optional<password_holder>>> find_password(session& on, uuid id, deadline until) const;

    // not_found: no such user.
    awaitable<result<std::string>> find_email(session& on, uuid id, deadline until) const;

    // Only in place of that hash: false when somebody was faster.
    awaitable<result<bool>>
    replace_password(session& on, const password_holder& old, const std::string& hash, deadline until) const;

    // In a transaction: whether that is the user's hash still. It stays so until the end of the transaction.
    awaitable<result<bool>> confirm_password(session& on, const password_holder& holder, deadline until) const;

    // Of the organization, or else the one that the user joined first.
    awaitable<result<std::optional<membership>>>
    find_membership(session& on, uuid user, std::optional<uuid> org, deadline until) const;

    // All of them; 100 at most.
    awaitable<result<std::vector<membership>>> find_memberships(session& on, uuid user, deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    const statement insert_;
    const statement find_by_email_;
    const statement find_by_id_;
    const statement find_email_;
    const statement replace_password_;
    const statement confirm_password_;
    const statement find_membership_;
    const statement find_memberships_;
};

} // namespace bursar::db::repositories
