// Organizations and API keys. A key is looked up by its SHA-256; the key itself is never stored.
#pragma once

#include "db/session.hpp"
#include "server/api_key.hpp"
#include "server/principal.hpp"
#include "server/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

struct api_key_row {
    server::principal principal;
    std::optional<server::timestamp> expires_at;
};

// nullopt for an unknown, revoked or expired key. Permissions that this binary does not know are left out.
awaitable<result<std::optional<api_key_row>>>
find_api_key(session& on, const server::sha256_hash& hash, deadline until);

struct new_api_key {
    server::uuid id;
    server::uuid org;
    std::string name;
    std::string prefix;
    server::sha256_hash hash;
    std::vector<std::string> permissions;
    std::optional<std::int32_t> rate_limit; // requests a minute; 0 is none
};

// not_found when there is no such organization.
awaitable<result<>> insert_api_key(session& on, const new_api_key& key, deadline until);

awaitable<result<bool>> organization_exists(session& on, server::uuid id, deadline until);

awaitable<result<>> insert_organization(session& on, server::uuid id, const std::string& name, deadline until);

} // namespace bursar::db::repositories
