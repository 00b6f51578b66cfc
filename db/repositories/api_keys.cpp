#include "db/repositories/api_keys.hpp"

namespace bursar::db::repositories {

namespace {

const statement find_statement{
    "api_keys.find", access::read,
    "select org_id, id, array_to_string(permissions, ','), rate_limit, expires_at from api_keys"
    " where key_hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())"};

const statement insert_key_statement{
    "api_keys.insert", access::write,
    "insert into api_keys (id, org_id, name, prefix, key_hash, permissions, rate_limit)"
    " values ($1, $2, $3, $4, $5, $6, $7)"};

const statement insert_organization_statement{
    "organizations.insert", access::write, "insert into organizations (id, name) values ($1, $2)"};

const statement find_organization_statement{
    "organizations.find", access::read, "select from organizations where id = $1"};

server::permission_set parse_permissions(std::string_view list) {
    server::permission_set permissions;
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        if (const auto known = server::parse_permission(list.substr(0, comma)))
            permissions.set(static_cast<std::size_t>(*known));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return permissions;
}

} // namespace

awaitable<result<std::optional<api_key_row>>>
find_api_key(session& on, const server::sha256_hash& hash, deadline until) {
    auto found = co_await on.execute(find_statement, parameters{bytes{hash}}, until);
    if (!found)
        co_return found.error();
    if (found->empty())
        co_return std::nullopt;
    const auto row = found->front();
    api_key_row out{{row.get<uuid>(0), row.get<uuid>(1), parse_permissions(row.get<std::string_view>(2))}, {}};
    out.principal.rate_limit = row.get<std::optional<std::int32_t>>(3);
    out.expires_at = row.get<std::optional<timestamp>>(4);
    co_return out;
}

awaitable<result<>> insert_api_key(session& on, const new_api_key& key, deadline until) {
    auto done = co_await on.execute(
        insert_key_statement,
        parameters{key.id, key.org, key.name, key.prefix, bytes{key.hash}, key.permissions, key.rate_limit}, until);
    if (!done && done.error().code == errc::conflict)
        co_return error{errc::not_found, "no such organization"};
    if (!done)
        co_return done.error();
    co_return result<>{};
}

awaitable<result<bool>> organization_exists(session& on, server::uuid id, deadline until) {
    const auto found = co_await on.execute(find_organization_statement, parameters{id}, until);
    if (!found)
        co_return found.error();
    co_return !found->empty();
}

awaitable<result<>> insert_organization(session& on, server::uuid id, const std::string& name, deadline until) {
    auto done = co_await on.execute(insert_organization_statement, parameters{id, name}, until);
    if (!done)
        co_return done.error();
    co_return result<>{};
}

} // namespace bursar::db::repositories
