// API keys in PostgreSQL. A key is looked up by its SHA-256; the key itself is never stored. Every other statement is
// confined to one organization. Failures are those of db::session; what a find does not find is errc::not_found, what a
// guarded write does not match is nullopt. Holds the statements: outlives every call.
#pragma once

#include "db/repositories/page.hpp"
#include "db/session.hpp"
#include "server/identity/permission_list.hpp"
#include "server/schema/values.hpp"
#include "server/secret.hpp"
#include "server/time.hpp"

#include <boost/describe/enum.hpp>

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

enum class api_key_status : std::uint8_t { active, revoked, expired };
BOOST_DESCRIBE_ENUM(api_key_status, active, revoked, expired)

struct api_key {
    uuid id;
    std::string name;
    std::string prefix;
    server::permission_list permissions;    // each once
    std::optional<std::int64_t> rate_limit; // requests a minute; 0 is none
    api_key_status status = api_key_status::active;
    std::optional<uuid> created_by;
    std::optional<uuid> replaced_by;
    std::optional<timestamp> last_used_at;
    std::optional<timestamp> expires_at;
    std::int64_t version = 0;
    timestamp created_at;
    timestamp updated_at;
};

struct new_api_key {
    std::string name;
    server::permission_list permissions;
    std::optional<std::int64_t> rate_limit;
    std::optional<timestamp> expires_at;
};

struct api_key_changes {
    server::schema::patched<std::string> name;
    server::schema::patched<server::permission_list> permissions;
    server::schema::patched<std::int64_t> rate_limit;
};

// Whom a key lets in.
struct known_api_key {
    server::principal principal;
    std::optional<timestamp> expires_at;
};

// When a key was used last.
struct api_key_use {
    uuid id;
    timestamp at;
};

class api_key_repository {
public:
    api_key_repository();

    // nullopt for an unknown, revoked or expired key. Permissions that this binary does not know are left out.
    awaitable<result<std::optional<known_api_key>>>
    find_caller(session& on, const server::sha256_hash& hash, deadline until) const;

    // The secret is kept as its hash and display prefix. not_found: there is no such organization.
    awaitable<result<api_key>> insert(
        session& on, uuid org, uuid id, const new_api_key& fields, std::string_view secret,
        std::optional<uuid> created_by, deadline until) const;

    awaitable<result<api_key>> find(session& on, uuid org, uuid id, deadline until) const;

    // The same in a transaction: nobody else changes it before that ends.
    awaitable<result<api_key>> lock(session& on, uuid org, uuid id, deadline until) const;

    // Newest first, those with ids below `before`.
    awaitable<result<page<api_key>>>
    list(session& on, uuid org, std::optional<uuid> before, int limit, deadline until) const;

    // nullopt: no such key, another version, revoked or expired, or nothing would change.
    awaitable<result<std::optional<api_key>>> update(
        session& on, uuid org, uuid id, const expected_versions& versions, const api_key_changes& changes,
        deadline until) const;

    // nullopt: no such key, or it is revoked or expired.
    awaitable<result<std::optional<api_key>>> revoke(session& on, uuid org, uuid id, deadline until) const;

    // In a transaction: the key ends in so many seconds, unless it ends sooner, and names the one in its place. nullopt
    // as above, or it was replaced before.
    awaitable<result<std::optional<api_key>>>
    replace(session& on, uuid org, uuid id, uuid by, std::int64_t overlap, deadline until) const;

    // Times that are older than what stands change nothing.
    awaitable<result<>> note_uses(session& on, const std::vector<api_key_use>& uses, deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    const statement find_caller_;
    const statement insert_;
    const statement find_;
    const statement lock_;
    const statement list_;
    const statement update_;
    const statement revoke_;
    const statement replace_;
    const statement note_uses_;
};

} // namespace bursar::db::repositories
