#include "handlers/identity/organizations/service.hpp"

#include "handlers/shared/expected_version.hpp"
#include "handlers/shared/refusals.hpp"

namespace bursar::handlers::organizations {

awaitable<result<sessions::session_tokens>> service::sign_up(
    db::client& database, const new_account_holder& input, const server::request_origin& from, deadline until) const {
    if (!sign_up_allowed_)
        co_return with_message(errc::permission_denied, "Sign-up is switched off here; ask to be invited.");
    auto hash = co_await sessions_.hash_new(input.password, input.email, "/password");
    if (!hash)
        co_return hash.error();
    auto transaction = co_await database.begin(until);
    if (!transaction)
        co_return transaction.error();
    const db::repositories::new_user user{uuid::v7(), input.email, input.name, std::move(*hash)};
    const db::repositories::membership as{uuid::v7(), server::role::owner};
    const auto made = co_await rows_.users.insert(*transaction, user, until);
    if (!made)
        co_return made.error();
    if (!*made)
        co_return with_message(errc::conflict, "Somebody has signed up with this e-mail address; sign in.");
    const auto founded = co_await rows_.organizations.insert(*transaction, as.org, input.organization_name, until);
    if (!founded)
        co_return founded.error();
    const auto joined = co_await rows_.members.insert(*transaction, as.org, user.id, as.role, until);
    if (!joined)
        co_return joined.error();
    auto opened = co_await sessions_.open(*transaction, user.id, as, from, until);
    if (!opened)
        co_return opened.error();
    const auto record = sessions::audit_record_of("signed_up", as.org, user.id, from, "organizations", as.org);
    const auto committed = co_await append_and_commit(*transaction, record, until);
    if (!committed)
        co_return committed.error();
    co_return opened;
}

awaitable<result<organization>> service::get(db::session& on, const principal& caller, deadline until) const {
    return rows_.organizations.find(on, caller.org, until);
}

awaitable<result<organization>> service::patch(
    db::session& on, const principal& caller, const expected_versions& versions, const organization_changes& changes,
    deadline until) const {
    auto changed = co_await rows_.organizations.update(on, caller.org, versions, changes, until);
    const auto find = [&] { return rows_.organizations.find(on, caller.org, until); };
    co_return co_await changed_or_found(std::move(changed), versions, find);
}

} // namespace bursar::handlers::organizations
