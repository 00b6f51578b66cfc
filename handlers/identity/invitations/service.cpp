#include "handlers/identity/invitations/service.hpp"

#include "handlers/shared/refusals.hpp"

namespace bursar::handlers::invitations {

using server::secret_kind;

namespace {

error not_open() {
    return with_message(errc::unauthenticated, "There is no such invitation, or it is not open any more.");
}

error other_password() {
    return with_message(errc::unauthenticated, "You have signed up before, with another password than this.");
}

} // namespace

awaitable<result<made_invitation>>
service::create(db::session& on, const principal& caller, const new_invitation& input, deadline until) const {
    if (!caller.holds(permissions_of(input.role)))
        co_return role_above_you();
    auto token = server::make_secret(secret_kind::invitation);
    const auto hash = server::sha256(token);
    auto made = co_await rows_.invitations.insert(on, caller.org, uuid::v7(), input, hash, caller.id, until);
    if (!made)
        co_return made.error();
    co_return made_invitation{std::move(*made), std::move(token)};
}

awaitable<result<invitation>> service::get(db::session& on, const principal& caller, uuid id, deadline until) const {
    return rows_.invitations.find(on, caller.org, id, until);
}

awaitable<result<page<invitation>>>
service::list(db::session& on, const principal& caller, std::optional<uuid> before, int limit, deadline until) const {
    return rows_.invitations.list(on, caller.org, before, limit, until);
}

awaitable<result<invitation>> service::revoke(db::session& on, const principal& caller, uuid id, deadline until) const {
    const auto found = co_await rows_.invitations.find(on, caller.org, id, until);
    if (!found)
        co_return found.error();
    if (!caller.holds(permissions_of(found->role)))
        co_return role_above_you();
    auto revoked = co_await rows_.invitations.revoke(on, caller.org, id, until);
    auto closed = with_message(errc::invalid_state, "The invitation is not open any more.");
    co_return value_or(std::move(revoked), std::move(closed));
}

awaitable<result<service::joiner>> service::admit(
    db::client& database, const std::string& email, const acceptance& input, sessions::sign_in_attempt& by,
    deadline until) const {
    const auto holder = co_await rows_.users.find_password(database, email, until);
    if (!holder)
        co_return holder.error();
    joiner out{{uuid::v7(), email, input.name, {}}};
    if (*holder) {
        auto proved = co_await sessions_.try_password(database, **holder, input.password, by, until);
        if (!proved)
            co_return proved.error();
        if (!*proved)
            co_return other_password();
        out.known = true;
        out.user.id = (*proved)->id;
        out.user.password_hash = std::move((*proved)->password_hash);
        co_return out;
    }
    auto hash = co_await sessions_.hash_new(input.password, email, "/password");
    if (!hash)
        co_return hash.error();
    out.user.password_hash = std::move(*hash);
    co_return out;
}

awaitable<result<>> service::settle(db::session& on, const joiner& who, deadline until) const {
    if (who.known) {
        const db::repositories::password_holder holder{who.user.id, who.user.password_hash};
        const auto confirmed = co_await rows_.users.confirm_password(on, holder, until);
        if (!confirmed)
            co_return confirmed.error();
        if (!*confirmed)
            co_return other_password();
        co_return result<>{};
    }
    const auto made = co_await rows_.users.insert(on, who.user, until);
    if (!made)
        co_return made.error();
    if (!*made)
        co_return with_message(errc::conflict, "Somebody has signed up with this address meanwhile; try again.");
    co_return result<>{};
}

awaitable<result<sessions::session_tokens>>
service::accept(db::client& database, const acceptance& input, sessions::sign_in_attempt& by, deadline until) const {
    if (!server::well_formed_secret(secret_kind::invitation, input.token))
        co_return not_open();
    const auto hash = server::sha256(input.token);
    // Looked at first: whoever has no token makes nobody hash passwords.
    const auto open = co_await rows_.invitations.find_open(database, hash, until);
    if (!open)
        co_return open.error();
    if (!*open)
        co_return not_open();
    const auto who = co_await admit(database, (*open)->email, input, by, until);
    if (!who)
        co_return who.error();
    const auto& user = who->user;
    auto transaction = co_await database.begin(until);
    if (!transaction)
        co_return transaction.error();
    const auto settled = co_await settle(*transaction, *who, until);
    if (!settled)
        co_return settled.error();
    const auto accepted = co_await rows_.invitations.accept(*transaction, hash, until);
    if (!accepted)
        co_return accepted.error();
    if (!*accepted)
        co_return not_open();
    const db::repositories::membership as{(*accepted)->org, (*accepted)->role};
    const auto joined = co_await rows_.members.insert(*transaction, as.org, user.id, as.role, until);
    if (!joined)
        co_return joined.error();
    if (!*joined)
        co_return with_message(errc::conflict, "You are a member already; sign in.");
    auto opened = co_await sessions_.open(*transaction, user.id, as, by.from, until);
    if (!opened)
        co_return opened.error();
    const auto record =
        sessions::audit_record_of("invitation_accepted", as.org, user.id, by.from, "invitations", (*accepted)->id);
    const auto committed = co_await append_and_commit(*transaction, record, until);
    if (!committed)
        co_return committed.error();
    co_return opened;
}

} // namespace bursar::handlers::invitations
