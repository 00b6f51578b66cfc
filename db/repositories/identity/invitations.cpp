#include "db/repositories/identity/invitations.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

using server::schema::enum_name;

// What list_statement selects from the table by name, and what follows from it.
const std::string stored_invitation_columns =
    "id, email, role, accepted_at, revoked_at, invited_by, created_at, expires_at";
constexpr std::string_view invitation_status =
    "case when accepted_at is not null then 'accepted' when revoked_at is not null then 'revoked' "
    "when expires_at <= now() then 'expired' else 'open' end";
constexpr mapping invitation_row{
    column{"id", &invitation::id},
    column{"email", &invitation::email},
    column{"role", &invitation::role},
    column{invitation_status, &invitation::status},
    column{"invited_by", &invitation::invited_by},
    column{"created_at", &invitation::created_at},
    column{"expires_at", &invitation::expires_at}};
const std::string invitation_columns = invitation_row.columns();
const std::string is_open = "accepted_at is null and revoked_at is null and expires_at > now()";

accepted_invitation read_accepted(const row& from) {
    return {
        from.get<uuid>(0), from.get<uuid>(1), from.get<std::string>(2),
        known<server::role>(from.get<std::string_view>(3))};
}

} // namespace

invitation_repository::invitation_repository()
    : insert_(
          "invitation.insert", access::write,
          "insert into invitations (org_id, id, email, role, token_hash, invited_by, expires_at) "
          "values ($1, $2, $3, $4, $5, $6, now() + interval '7 days') returning " +
              invitation_columns)
    , find_(
          "invitation.find", access::read,
          "select " + invitation_columns + " from invitations where org_id = $1 and id = $2")
    , list_(
          "invitation.list", access::read,
          "select " + invitation_columns + ", more from (" +
              newest_page({"invitations", stored_invitation_columns, "1000 + octet_length(email)"}, {}) +
              ") newest order by id desc")
    , revoke_(
          "invitation.revoke", access::write,
          "update invitations set revoked_at = now() where org_id = $1 and id = $2 and " + is_open + " returning " +
              invitation_columns)
    , revoke_all_(
          "invitation.revoke_all", access::write,
          "update invitations set revoked_at = now() where org_id = $1 and invited_by = $2 and " + is_open)
    , find_open_(
          "invitation.find_open", access::read,
          "select org_id, id, email, role from invitations where token_hash = $1 and " + is_open)
    , accept_(
          "invitation.accept", access::write,
          "update invitations set accepted_at = now() where token_hash = $1 and " + is_open +
              " returning org_id, id, email, role") {}

awaitable<result<invitation>> invitation_repository::insert(
    session& on, uuid org, uuid id, const new_invitation& fields, const server::sha256_hash& token,
    std::optional<uuid> invited_by, deadline until) const {
    parameters values{org, id, fields.email, enum_name(fields.role), bytes{token}, invited_by};
    const auto made = co_await on.execute(insert_, std::move(values), until);
    if (!made)
        co_return made.error();
    co_return invitation_row(made->front());
}

awaitable<result<invitation>> invitation_repository::find(session& on, uuid org, uuid id, deadline until) const {
    return fetch_found(on, find_, parameters{org, id}, until, invitation_row);
}

awaitable<result<page<invitation>>>
invitation_repository::list(session& on, uuid org, std::optional<uuid> before, int limit, deadline until) const {
    return fetch_cut_page(
        on, list_, parameters{org, start_below(before), std::int64_t{limit} + 1}, until, invitation_row);
}

awaitable<result<std::optional<invitation>>>
invitation_repository::revoke(session& on, uuid org, uuid id, deadline until) const {
    return fetch_first(on, revoke_, parameters{org, id}, until, invitation_row);
}

awaitable<result<>> invitation_repository::revoke_all(session& on, uuid org, uuid invited_by, deadline until) const {
    return perform(on, revoke_all_, parameters{org, invited_by}, until);
}

awaitable<result<std::optional<accepted_invitation>>>
invitation_repository::find_open(session& on, const server::sha256_hash& token, deadline until) const {
    return fetch_first(on, find_open_, parameters{bytes{token}}, until, read_accepted);
}

awaitable<result<std::optional<accepted_invitation>>>
invitation_repository::accept(session& on, const server::sha256_hash& token, deadline until) const {
    return fetch_first(on, accept_, parameters{bytes{token}}, until, read_accepted);
}

std::vector<const statement*> invitation_repository::statements() const {
    return {&insert_, &find_, &list_, &revoke_, &revoke_all_, &find_open_, &accept_};
}

} // namespace bursar::db::repositories
