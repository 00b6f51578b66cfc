#include "handlers/identity/members/service.hpp"

#include "handlers/shared/expected_version.hpp"
#include "handlers/shared/refusals.hpp"

namespace bursar::handlers::members {

namespace {

// A refusal of the database, in words.
error refusal_of(const error& why) {
    if (why.constraint == "memberships_owner_stays")
        return with_message(errc::invalid_state, "This is the last owner; make another one first.");
    return why;
}

// May do less.
bool lower(server::role next, server::role now) noexcept {
    return (permissions_of(now) & ~permissions_of(next)).any();
}

} // namespace

awaitable<result<member>> service::get(db::session& on, const principal& caller, uuid user, deadline until) const {
    return members_.find(on, caller.org, user, until);
}

awaitable<result<page<member>>>
service::list(db::session& on, const principal& caller, std::optional<uuid> before, int limit, deadline until) const {
    return members_.list(on, caller.org, before, limit, until);
}

awaitable<result<member>> service::patch(
    db::transaction& on, const principal& caller, uuid user, const expected_versions& versions,
    const member_changes& changes, deadline until) const {
    auto found = co_await members_.find(on, caller.org, user, until);
    if (!found)
        co_return found;
    if (!is_expected(found->version, versions))
        co_return errc::precondition_failed;
    if (!caller.holds(permissions_of(found->role)) || !caller.holds(permissions_of(changes.role)))
        co_return role_above_you();
    // From what was looked at and nothing else: the role decided.
    const expected_versions seen{{found->version}};
    auto changed = co_await members_.update(on, caller.org, user, seen, changes, until);
    if (!changed)
        co_return refusal_of(changed.error());
    if (*changed) {
        if (lower(changes.role, found->role)) {
            const auto revoked = co_await invitations_.revoke_all(on, caller.org, user, until);
            if (!revoked)
                co_return revoked.error();
        }
        co_return std::move(**changed);
    }
    if (found->role != changes.role)
        co_return errc::precondition_failed;
    co_return found;
}

awaitable<result<>> service::remove(
    db::transaction& on, const principal& caller, uuid user, const expected_versions& versions, deadline until) const {
    const auto found = co_await members_.find(on, caller.org, user, until);
    if (!found)
        co_return found.error();
    if (!is_expected(found->version, versions))
        co_return errc::precondition_failed;
    if (!caller.holds(permissions_of(found->role)))
        co_return role_above_you();
    const expected_versions seen{{found->version}};
    const auto removed = co_await members_.remove(on, caller.org, user, seen, until);
    if (!removed)
        co_return refusal_of(removed.error());
    if (!*removed)
        co_return errc::precondition_failed;
    co_return co_await invitations_.revoke_all(on, caller.org, user, until);
}

} // namespace bursar::handlers::members
