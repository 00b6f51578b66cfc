#include "db/repositories/identity/sessions.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

constexpr mapping session_row{
    column{"id", &user_session::id},
    column{"org_id", &user_session::organization_id},
    column{"client_address", &user_session::client_address},
    column{"user_agent", &user_session::user_agent},
    column{"created_at", &user_session::created_at},
    column{"refreshed_at", &user_session::refreshed_at},
    column{"expires_at", &user_session::expires_at}};

presented_token read_presented(const row& from) {
    presented_token out;
    out.org = from.get<uuid>(0);
    out.session = from.get<uuid>(1);
    out.user = from.get<uuid>(2);
    out.used = from.get<bool>(3);
    out.ended = from.get<bool>(4);
    out.expires_at = from.get<timestamp>(5);
    out.role = known<server::role>(from.get<std::string_view>(6));
    return out;
}

uuid read_org(const row& from) {
    return from.get<uuid>(0);
}

} // namespace

user_session_repository::user_session_repository()
    : find_caller_(
          "session.find_caller", access::read,
          "select s.user_id, m.role from sessions s join memberships m on m.org_id = s.org_id and "
          "m.user_id = s.user_id where s.org_id = $1 and s.id = $2 and s.revoked_at is null and s.expires_at > now()")
    , insert_(
          "session.insert", access::write,
          "with made as (insert into sessions (org_id, id, user_id, client_address, user_agent, expires_at) "
          "values ($1, $2, $3, $4, $5, now() + $6 * interval '1 second') returning expires_at), "
          "token as (insert into refresh_tokens (token_hash, org_id, session_id) values ($7, $1, $2)) "
          "select expires_at from made")
    , knows_address_(
          "session.knows_address", access::read,
          "select user_id from known_addresses where user_id = $1 and address_hash = $2 "
          "and signed_in_at > now() - interval '90 days'")
    , note_address_(
          "session.note_address", access::write,
          // Nine others stay. Rows that somebody else has at hand are left to them: nobody waits in a circle.
          "with noted as (insert into known_addresses (user_id, address_hash) values ($1, $2) "
          "on conflict (user_id, address_hash) do update set signed_in_at = now()) "
          "delete from known_addresses where user_id = $1 and address_hash = any (array("
          "select address_hash from known_addresses where user_id = $1 and address_hash <> $2 "
          "order by signed_in_at desc offset 9 for update skip locked))")
    , present_(
          "session.present", access::write,
          "select t.org_id, t.session_id, s.user_id, t.used_at is not null, "
          "s.revoked_at is not null or s.expires_at <= now(), s.expires_at, m.role "
          "from refresh_tokens t join sessions s on s.org_id = t.org_id and s.id = t.session_id "
          "join memberships m on m.org_id = s.org_id and m.user_id = s.user_id where t.token_hash = $1 for update of t")
    , rotate_(
          "session.rotate", access::write,
          // The used one first: a session has one that is not.
          "with used as (update refresh_tokens set used_at = now() where token_hash = $3 returning 1), "
          "refreshed as (update sessions set refreshed_at = now() where org_id = $1 and id = $2) "
          "insert into refresh_tokens (token_hash, org_id, session_id) select $4, $1, $2 from used")
    , list_(
          "session.list", access::read,
          "select " + session_row.columns() +
              " from (select * from sessions where user_id = $1 and id < $2 and revoked_at is null and expires_at > "
              "now() "
              "order by id desc limit " +
              std::to_string(page_fetch_limit) + ") newest order by id desc limit $3")
    , revoke_(
          "session.revoke", access::write,
          "update sessions set revoked_at = now() where user_id = $1 and id = $2 and revoked_at is null "
          "and expires_at > now() returning org_id")
    , revoke_all_(
          "session.revoke_all", access::write,
          "with ended as (update sessions set revoked_at = now() where user_id = $1 and "
          "($2::uuid is null or id <> $2) and revoked_at is null returning org_id) "
          "select distinct org_id from ended") {}

awaitable<result<std::optional<server::principal>>>
user_session_repository::find_caller(session& on, uuid org, uuid id, deadline until) const {
    parameters values{org, id};
    const auto found = co_await on.execute(find_caller_, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return first_of(*found, [&](const row& from) {
        const auto role = known<server::role>(from.get<std::string_view>(1));
        server::principal caller{org, from.get<uuid>(0), server::permissions_of(role)};
        caller.kind = server::actor_kind::user;
        caller.session = id;
        return caller;
    });
}

awaitable<result<timestamp>>
user_session_repository::insert(session& on, const new_user_session& fields, deadline until) const {
    parameters values{
        fields.org,
        fields.id,
        fields.user,
        fields.client_address,
        fields.user_agent,
        std::int64_t{fields.life.count()},
        bytes{fields.refresh_token}};
    const auto made = co_await on.execute(insert_, std::move(values), until);
    if (!made)
        co_return made.error();
    co_return made->front().get<timestamp>(0);
}

awaitable<result<bool>> user_session_repository::knows_address(
    session& on, uuid user, const server::sha256_hash& address, deadline until) const {
    return fetch_any(on, knows_address_, parameters{user, bytes{address}}, until);
}

awaitable<result<>> user_session_repository::note_address(
    session& on, uuid user, const server::sha256_hash& address, deadline until) const {
    return perform(on, note_address_, parameters{user, bytes{address}}, until);
}

awaitable<result<std::optional<presented_token>>>
user_session_repository::present(session& on, const server::sha256_hash& token, deadline until) const {
    return fetch_first(on, present_, parameters{bytes{token}}, until, read_presented);
}

awaitable<result<>> user_session_repository::rotate(
    session& on, const presented_token& old, const server::sha256_hash& token, const server::sha256_hash& next,
    deadline until) const {
    return perform(on, rotate_, parameters{old.org, old.session, bytes{token}, bytes{next}}, until);
}

awaitable<result<page<user_session>>>
user_session_repository::list(session& on, uuid user, std::optional<uuid> before, int limit, deadline until) const {
    return fetch_page(
        on, list_, parameters{user, start_below(before), std::int64_t{limit} + 1}, until, limit, session_row);
}

awaitable<result<std::optional<uuid>>>
user_session_repository::revoke(session& on, uuid user, uuid id, deadline until) const {
    return fetch_first(on, revoke_, parameters{user, id}, until, read_org);
}

awaitable<result<std::vector<uuid>>>
user_session_repository::revoke_all(session& on, uuid user, std::optional<uuid> spared, deadline until) const {
    parameters values{user, spared};
    const auto done = co_await on.execute(revoke_all_, std::move(values), until);
    if (!done)
        co_return done.error();
    std::vector<uuid> out;
    for (std::size_t i = 0; i < done->size(); ++i)
        out.push_back(read_org((*done)[i]));
    co_return out;
}

std::vector<const statement*> user_session_repository::statements() const {
    return {&find_caller_, &insert_, &knows_address_, &note_address_, &present_,
            &rotate_,      &list_,   &revoke_,        &revoke_all_};
}

} // namespace bursar::db::repositories
