#include "db/repositories/identity/members.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

using server::schema::enum_name;

constexpr mapping member_row{
    column{"m.user_id", &member::user_id},
    column{"u.email", &member::email},
    column{"u.name", &member::name},
    column{"m.role", &member::role},
    column{"m.version", &member::version},
    column{"m.created_at", &member::created_at},
    column{"m.updated_at", &member::updated_at}};
const std::string member_columns = member_row.columns();

const std::string list_members_sql = "select " + member_columns +
                                     " from (select * from memberships where org_id = $1 and user_id < $2 "
                                     "order by user_id desc limit " +
                                     std::to_string(page_fetch_limit) +
                                     ") m join users u on u.id = m.user_id order by m.user_id desc limit $3";

} // namespace

member_repository::member_repository()
    : insert_(
          "member.insert", access::write,
          "insert into memberships (org_id, user_id, role) values ($1, $2, $3) on conflict do nothing "
          "returning user_id")
    , find_(
          "member.find", access::read,
          "select " + member_columns +
              " from memberships m join users u on u.id = m.user_id where m.org_id = $1 and m.user_id = $2")
    , list_("member.list", access::read, list_members_sql)
    , update_(
          "member.update", access::write,
          "update memberships m set role = $4, version = m.version + 1, updated_at = now() from users u "
          "where m.org_id = $1 and m.user_id = $2 and u.id = m.user_id and ($3 is null or m.version = any($3)) "
          "and m.role <> $4 returning " +
              member_columns)
    , remove_(
          "member.remove", access::write,
          "delete from memberships where org_id = $1 and user_id = $2 and ($3 is null or version = any($3)) "
          "returning user_id") {}

awaitable<result<bool>>
member_repository::insert(session& on, uuid org, uuid user, server::role role, deadline until) const {
    return fetch_any(on, insert_, parameters{org, user, enum_name(role)}, until);
}

awaitable<result<member>> member_repository::find(session& on, uuid org, uuid user, deadline until) const {
    return fetch_found(on, find_, parameters{org, user}, until, member_row);
}

awaitable<result<page<member>>>
member_repository::list(session& on, uuid org, std::optional<uuid> before, int limit, deadline until) const {
    return fetch_page(
        on, list_, parameters{org, start_below(before), std::int64_t{limit} + 1}, until, limit, member_row);
}

awaitable<result<std::optional<member>>> member_repository::update(
    session& on, uuid org, uuid user, const expected_versions& versions, const member_changes& changes,
    deadline until) const {
    return fetch_first(on, update_, parameters{org, user, versions, enum_name(changes.role)}, until, member_row);
}

awaitable<result<bool>>
member_repository::remove(session& on, uuid org, uuid user, const expected_versions& versions, deadline until) const {
    return fetch_any(on, remove_, parameters{org, user, versions}, until);
}

std::vector<const statement*> member_repository::statements() const {
    return {&insert_, &find_, &list_, &update_, &remove_};
}

} // namespace bursar::db::repositories
