#include "db/repositories/identity/users.hpp"

#include "db/repositories/reading.hpp"

namespace bursar::db::repositories {

namespace {

password_holder read_holder(const row& from) {
    password_holder out;
    from.read(out.id, out.password_hash);
    return out;
}

membership read_membership(const row& from) {
    return {from.get<uuid>(0), known<server::role>(from.get<std::string_view>(1))};
}

} // namespace

user_repository::user_repository()
    : insert_(
          "user.insert", access::write,
          "insert into users (id, email, name, password_hash) values ($1, $2, $3, $4) "
          "on conflict (lower(email)) do nothing returning id")
    , find_by_email_(
          "user.find_password", access::read, "select id, password_hash from users where lower(email) = lower($1)")
    , find_by_id_("user.find_password", access::read, "select id, password_hash from users where id = $1")
    , find_email_("user.find_email", access::read, "select email from users where id = $1")
    , replace_password_(
          "user.replace_password", access::write,
          "update users set password_hash = $3, updated_at = now() where id = $1 and password_hash = $2 returning id")
    , confirm_password_(
          "user.confirm_password", access::write, "select id from users where id = $1 and password_hash = $2 for share")
    , find_membership_(
          "user.find_membership", access::read,
          "select org_id, role from memberships where user_id = $1 and ($2::uuid is null or org_id = $2) "
          "order by created_at, org_id limit 1")
    , find_memberships_(
          "user.find_memberships", access::read,
          "select org_id, role from memberships where user_id = $1 order by org_id limit 100") {}

awaitable<result<bool>> user_repository::insert(session& on, const new_user& fields, deadline until) const {
    return fetch_any(on, insert_, parameters{fields.id, fields.email, fields.name, fields.password_hash}, until);
}

awaitable<result<std::optional<password_holder>>>
user_repository::find_password(session& on, const std::string& email, deadline until) const {
    return fetch_first(on, find_by_email_, parameters{email}, until, read_holder);
}

awaitable<result<std::optional<password_holder>>>
user_repository::find_password(session& on, uuid id, deadline until) const {
    return fetch_first(on, find_by_id_, parameters{id}, until, read_holder);
}

awaitable<result<std::string>> user_repository::find_email(session& on, uuid id, deadline until) const {
    const auto found = co_await on.execute(find_email_, parameters{id}, until);
    if (!found)
        co_return found.error();
    if (found->empty())
        co_return errc::not_found;
    co_return found->front().get<std::string>(0);
}

awaitable<result<bool>> user_repository::replace_password(
    session& on, const password_holder& old, const std::string& hash, deadline until) const {
    return fetch_any(on, replace_password_, parameters{old.id, old.password_hash, hash}, until);
}

awaitable<result<bool>>
user_repository::confirm_password(session& on, const password_holder& holder, deadline until) const {
    return fetch_any(on, confirm_password_, parameters{holder.id, holder.password_hash}, until);
}

awaitable<result<std::optional<membership>>>
user_repository::find_membership(session& on, uuid user, std::optional<uuid> org, deadline until) const {
    return fetch_first(on, find_membership_, parameters{user, org}, until, read_membership);
}

awaitable<result<std::vector<membership>>>
user_repository::find_memberships(session& on, uuid user, deadline until) const {
    const auto found = co_await on.execute(find_memberships_, parameters{user}, until);
    if (!found)
        co_return found.error();
    std::vector<membership> out;
    for (std::size_t i = 0; i < found->size(); ++i)
        out.push_back(read_membership((*found)[i]));
    co_return out;
}

std::vector<const statement*> user_repository::statements() const {
    return {&insert_,           &find_by_email_,    &find_by_id_,      &find_email_,
            &replace_password_, &confirm_password_, &find_membership_, &find_memberships_};
}

} // namespace bursar::db::repositories
