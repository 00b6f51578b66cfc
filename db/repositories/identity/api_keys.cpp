#include "db/repositories/identity/api_keys.hpp"

#include "db/array.hpp"
#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"
#include "server/split.hpp"

namespace bursar::db::repositories {

namespace {

// What list_statement selects from the table by name, and what follows from it.
const std::string stored_key_columns =
    "id, name, prefix, permissions, rate_limit, revoked_at, created_by, replaced_by, "
    "last_used_at, expires_at, version, created_at, updated_at";
const std::string is_active = "revoked_at is null and (expires_at is null or expires_at > now())";

server::permission_set parse_permissions(std::string_view list) {
    server::permission_set permissions;
    for (const auto element : server::elements_of(list))
        if (const auto known = server::parse_permission(element))
            permissions.set(static_cast<std::size_t>(*known));
    return permissions;
}

array<std::string_view> names_of(const server::permission_list& permissions) {
    array<std::string_view> out;
    for (const auto each : server::list_of(server::set_of(permissions)))
        out.add(to_string(each));
    return out;
}

constexpr std::string_view key_status =
    "case when revoked_at is not null then 'revoked' when expires_at <= now() then 'expired' else 'active' end";
constexpr mapping key_row{
    column{"id", &api_key::id},
    column{"name", &api_key::name},
    column{"prefix", &api_key::prefix},
    derived<api_key>(
        "array_to_string(permissions, ',')",
        [](api_key& out, const row& from, int at) {
            out.permissions = server::list_of(parse_permissions(from.get<std::string_view>(at)));
        }),
    column{"rate_limit::int8", &api_key::rate_limit},
    column{key_status, &api_key::status},
    column{"created_by", &api_key::created_by},
    column{"replaced_by", &api_key::replaced_by},
    column{"last_used_at", &api_key::last_used_at},
    column{"expires_at", &api_key::expires_at},
    column{"version", &api_key::version},
    column{"created_at", &api_key::created_at},
    column{"updated_at", &api_key::updated_at}};
const std::string key_columns = key_row.columns();

known_api_key read_known(const row& from) {
    known_api_key out{{from.get<uuid>(0), from.get<uuid>(1), parse_permissions(from.get<std::string_view>(2))}, {}};
    out.principal.rate_limit = from.get<std::optional<std::int32_t>>(3);
    out.expires_at = from.get<std::optional<timestamp>>(4);
    return out;
}

} // namespace

api_key_repository::api_key_repository()
    : find_caller_(
          "api_key.find_caller", access::read,
          "select org_id, id, array_to_string(permissions, ','), rate_limit, expires_at from api_keys "
          "where key_hash = $1 and " +
              is_active)
    , insert_(
          "api_key.insert", access::write,
          "insert into api_keys (id, org_id, name, prefix, key_hash, permissions, rate_limit, expires_at, created_by) "
          "values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning " +
              key_columns)
    , find_("api_key.find", access::read, "select " + key_columns + " from api_keys where org_id = $1 and id = $2")
    , lock_(
          "api_key.lock", access::write,
          "select " + key_columns + " from api_keys where org_id = $1 and id = $2 for no key update")
    , list_(
          "api_key.list", access::read,
          "select " + key_columns + ", more from (" +
              newest_page({"api_keys", stored_key_columns, "1500 + octet_length(name)"}, {}) +
              ") newest order by id desc")
    , update_(
          "api_key.update", access::write,
          "update api_keys set name = coalesce($4, name), permissions = coalesce($5, permissions), "
          "rate_limit = case when $6 then $7 else rate_limit end, version = version + 1, updated_at = now() "
          "where org_id = $1 and id = $2 and ($3 is null or version = any($3)) and " +
              is_active +
              " and (name, permissions, rate_limit) is distinct from (coalesce($4, name), coalesce($5, permissions), "
              "case when $6 then $7 else rate_limit end) returning " +
              key_columns)
    , revoke_(
          "api_key.revoke", access::write,
          "update api_keys set revoked_at = now(), version = version + 1, updated_at = now() "
          "where org_id = $1 and id = $2 and " +
              is_active + " returning " + key_columns)
    , replace_(
          "api_key.replace", access::write,
          "update api_keys set expires_at = least(expires_at, now() + $4 * interval '1 second'), replaced_by = $3, "
          "version = version + 1, updated_at = now() where org_id = $1 and id = $2 and replaced_by is null and " +
              is_active + " returning " + key_columns)
    , note_uses_(
          "api_key.note_uses", access::write,
          "update api_keys k set last_used_at = u.at from (select used.id, used.at "
          "from unnest($1::uuid[], $2::timestamptz[]) used (id, at) join api_keys known on known.id = used.id "
          "order by used.id for no key update of known) u " // in one order, whichever process notes them
          "where k.id = u.id and (k.last_used_at is null or k.last_used_at < u.at)") {}

awaitable<result<std::optional<known_api_key>>>
api_key_repository::find_caller(session& on, const server::sha256_hash& hash, deadline until) const {
    return fetch_first(on, find_caller_, parameters{bytes{hash}}, until, read_known);
}

awaitable<result<api_key>> api_key_repository::insert(
    session& on, uuid org, uuid id, const new_api_key& fields, std::string_view secret, std::optional<uuid> created_by,
    deadline until) const {
    const auto hash = server::sha256(secret);
    parameters values{
        id,
        org,
        fields.name,
        server::display_prefix(secret),
        bytes{hash},
        names_of(fields.permissions),
        fields.rate_limit,
        fields.expires_at,
        created_by};
    const auto made = co_await on.execute(insert_, std::move(values), until);
    if (!made && made.error().code == errc::conflict)
        co_return error{errc::not_found, "no such organization"};
    if (!made)
        co_return made.error();
    co_return key_row(made->front());
}

awaitable<result<api_key>> api_key_repository::find(session& on, uuid org, uuid id, deadline until) const {
    return fetch_found(on, find_, parameters{org, id}, until, key_row);
}

awaitable<result<api_key>> api_key_repository::lock(session& on, uuid org, uuid id, deadline until) const {
    return fetch_found(on, lock_, parameters{org, id}, until, key_row);
}

awaitable<result<page<api_key>>>
api_key_repository::list(session& on, uuid org, std::optional<uuid> before, int limit, deadline until) const {
    return fetch_cut_page(on, list_, parameters{org, start_below(before), std::int64_t{limit} + 1}, until, key_row);
}

awaitable<result<std::optional<api_key>>> api_key_repository::update(
    session& on, uuid org, uuid id, const expected_versions& versions, const api_key_changes& changes,
    deadline until) const {
    parameters values{org, id, versions, changes.name.over(std::optional<std::string>{})};
    if (changes.permissions)
        values.add(names_of(*changes.permissions));
    else
        values.add(std::optional<std::vector<std::string>>{});
    values.add(changes.rate_limit.present());
    values.add(changes.rate_limit.over(std::optional<std::int64_t>{}));
    return fetch_first(on, update_, std::move(values), until, key_row);
}

awaitable<result<std::optional<api_key>>>
api_key_repository::revoke(session& on, uuid org, uuid id, deadline until) const {
    return fetch_first(on, revoke_, parameters{org, id}, until, key_row);
}

awaitable<result<std::optional<api_key>>>
api_key_repository::replace(session& on, uuid org, uuid id, uuid by, std::int64_t overlap, deadline until) const {
    return fetch_first(on, replace_, parameters{org, id, by, overlap}, until, key_row);
}

awaitable<result<>>
api_key_repository::note_uses(session& on, const std::vector<api_key_use>& uses, deadline until) const {
    array<uuid> ids;
    array<timestamp> times;
    for (const auto& use : uses) {
        ids.add(use.id);
        times.add(use.at);
    }
    return perform(on, note_uses_, parameters{ids, times}, until);
}

std::vector<const statement*> api_key_repository::statements() const {
    return {&find_caller_, &insert_, &find_, &lock_, &list_, &update_, &revoke_, &replace_, &note_uses_};
}

} // namespace bursar::db::repositories
