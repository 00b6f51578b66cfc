// What API keys look like on the wire.
#pragma once

#include "db/repositories/identity/api_keys.hpp"
#include "handlers/identity/sessions/types.hpp"
#include "handlers/shared/resource.hpp"

// Where argument-dependent lookup finds the descriptions.
namespace bursar::db::repositories {

inline constexpr server::schema::range api_key_rate_limits{1, 1'000'000};

constexpr auto describe_schema(const api_key_status*) {
    return server::schema::enumeration("ApiKeyStatus", "An active key lets in.");
}

constexpr auto describe_schema(const api_key*) {
    using namespace server::schema;
    return object(
        "ApiKey", "What lets a program in. The key itself is kept nowhere.",
        field("id", &api_key::id, doc{"Made by the server."}),
        field("name", &api_key::name, length{1, 200}, doc{"What people call it."}, example{"shop"}),
        field("prefix", &api_key::prefix, doc{"How the key begins, to tell keys apart."}, example{"bsk_live_0123"}),
        field("permissions", &api_key::permissions),
        field(
            "rate_limit", &api_key::rate_limit, range{0, api_key_rate_limits.max},
            doc{"Requests a minute. Null: the default. 0, which an operator alone can give: no limit."}),
        field("status", &api_key::status),
        field("created_by", &api_key::created_by, doc{"An API key or a user. Null: an operator."}),
        field("replaced_by", &api_key::replaced_by, doc{"The key that it gave way to."}),
        field("last_used_at", &api_key::last_used_at, doc{"To the minute or two. Null: never."}),
        field("expires_at", &api_key::expires_at, doc{"When it stops working. Null: never."}),
        field("created_at", &api_key::created_at),
        field("updated_at", &api_key::updated_at, doc{"Uses do not count."}));
}

constexpr auto describe_schema(const new_api_key*) {
    using namespace server::schema;
    return object(
        "CreateApiKey", "What a new key needs.",
        field("name", &new_api_key::name, length{1, 200}, label{}, doc{"What people call it."}, example{"shop"}),
        field(
            "permissions", &new_api_key::permissions, items{1, 50}, doc{"What it may do: at most what you may."},
            example{R"(["ledger:read","ledger:write"])"}),
        field(
            "rate_limit", &new_api_key::rate_limit, api_key_rate_limits,
            doc{"Requests a minute, at most as many as you may send. Absent: the default."}, example{"600"}),
        field(
            "expires_at", &new_api_key::expires_at, horizons::ends, doc{"When it stops working. Absent: never."},
            example{"2030-01-01T00:00:00Z"}));
}

constexpr auto describe_schema(const api_key_changes*) {
    using namespace server::schema;
    return object(
        "PatchApiKey", "A merge patch (RFC 7396): absent fields stay, null clears.",
        field("name", &api_key_changes::name, length{1, 200}, label{}, example{"shop"}),
        field(
            "permissions", &api_key_changes::permissions, items{1, 50}, doc{"What it may do: at most what you may."},
            example{R"(["ledger:read"])"}),
        field(
            "rate_limit", &api_key_changes::rate_limit, nullable{}, api_key_rate_limits,
            doc{"Requests a minute, at most as many as you may send. Null: the default."}));
}

} // namespace bursar::db::repositories

namespace bursar::handlers::api_keys {

// A key as it is made, or replayed.
struct made_api_key {
    db::repositories::api_key api_key;
    std::optional<std::string> secret;
};

constexpr auto describe_schema(const made_api_key*) {
    using namespace server::schema;
    return object(
        "IssuedApiKey", "A key and its secret.", field("api_key", &made_api_key::api_key),
        field(
            "secret", &made_api_key::secret,
            doc{"What goes into `Authorization: Bearer …`. It is shown this once, and null when the request is "
                "repeated."},
            example{"bsk_live_0123456789abcdefghijABCDEFGHIJ012345"}));
}

struct rotation {
    std::int64_t overlap_seconds = 86'400;
};

constexpr auto describe_schema(const rotation*) {
    using namespace server::schema;
    return object(
        "RotateApiKey", "How a key gives way to another.",
        field(
            "overlap_seconds", &rotation::overlap_seconds, range{0, 2'592'000}, optional_with_default{},
            doc{"How long both work: a month at most."}, example{"3600"}));
}

} // namespace bursar::handlers::api_keys

namespace bursar::handlers {

// Where it stands, also as the one that took another's place.
template <>
struct resource<api_keys::made_api_key> {
    static std::string location(const api_keys::made_api_key& shown) {
        return "/api/v1/api-keys/" + shown.api_key.id.to_string();
    }
    static std::optional<std::string>& secret(api_keys::made_api_key& shown) { return shown.secret; }
};

} // namespace bursar::handlers
