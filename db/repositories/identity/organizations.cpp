#include "db/repositories/identity/organizations.hpp"

#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

constexpr mapping organization_row{
    column{"id", &organization::id}, column{"name", &organization::name}, column{"version", &organization::version},
    column{"created_at", &organization::created_at}, column{"updated_at", &organization::updated_at}};
const std::string organization_columns = organization_row.columns();

} // namespace

organization_repository::organization_repository()
    : insert_("organization.insert", access::write, "insert into organizations (id, name) values ($1, $2)")
    , find_("organization.find", access::read, "select " + organization_columns + " from organizations where id = $1")
    , update_(
          "organization.update", access::write,
          "update organizations set name = $3, version = version + 1, updated_at = now() where id = $1 "
          "and ($2 is null or version = any($2)) and name <> $3 returning " +
              organization_columns) {}

awaitable<result<>>
organization_repository::insert(session& on, uuid id, const std::string& name, deadline until) const {
    return perform(on, insert_, parameters{id, name}, until);
}

awaitable<result<organization>> organization_repository::find(session& on, uuid id, deadline until) const {
    return fetch_found(on, find_, parameters{id}, until, organization_row);
}

awaitable<result<std::optional<organization>>> organization_repository::update(
    session& on, uuid id, const expected_versions& versions, const organization_changes& changes,
    deadline until) const {
    return fetch_first(on, update_, parameters{id, versions, changes.name}, until, organization_row);
}

std::vector<const statement*> organization_repository::statements() const {
    return {&insert_, &find_, &update_};
}

} // namespace bursar::db::repositories
