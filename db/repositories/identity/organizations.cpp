#include "db/repositories/identity/organizations.hpp"

#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

constexpr mapping organization_row{
    column{"id", &organization::id}, column{"name", &organization::name}, column{"version", &organization::version},
    column{"created_at", &organization::created_at}, column{"updated_at", &organization::updated_at}};
const std::string columns = organization_row.columns();

} // namespace

organization_repository::organization_repository()
    : insert_("organization.insert", access::write, "insert into organizations (id, name) values ($1, $2)")
    , find_("organization.find", access::read, "select " + columns + " from organizations where id = $1")
    , update_(
          "organization.update", access::write,
          "update organizations set name = $3, version = version + 1, updated_at = now() where id = $1 "
          "and ($2 is null or version = any($2)) and name <> $3 returning " +
              columns) {}

awaitable<result<>>
organization_repository::insert(session& on, uuid id, const std::string& name, deadline until) const {
    parameters values{id, name};
    const auto done = co_await on.execute(insert_, std::move(values), until);
    if (!done)
        co_return done.error();
    co_return result<>{};
}

awaitable<result<organization>> organization_repository::find(session& on, uuid id, deadline until) const {
    const auto found = co_await on.execute(find_, parameters{id}, until);
    if (!found)
        co_return found.error();
    co_return found_row(*found, organization_row);
}

awaitable<result<std::optional<organization>>> organization_repository::update(
    session& on, uuid id, const expected_versions& versions, const organization_changes& changes,
    deadline until) const {
    parameters values{id, versions, changes.name};
    const auto changed = co_await on.execute(update_, std::move(values), until);
    if (!changed)
        co_return changed.error();
    co_return first_of(*changed, organization_row);
}

std::vector<const statement*> organization_repository::statements() const {
    return {&insert_, &find_, &update_};
}

} // namespace bursar::db::repositories
