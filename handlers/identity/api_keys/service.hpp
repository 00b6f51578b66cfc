// The rules of API keys: nobody makes, changes, renews or revokes one that may do what they may not, nor gives one a
// limit above their own; a key that gives way to another works on for a while. Knows no HTTP. The repository must
// outlive the service.
//
// Failures, beside those of the database: not_found; permission_denied (the key is above the caller, or its limit is:
// then with the field /rate_limit); invalid_state
// (revoked, expired or replaced); validation_failed (expires in the past); precondition_failed.
#pragma once

#include "db/client.hpp"
#include "db/repositories/identity/api_keys.hpp"
#include "handlers/identity/api_keys/types.hpp"
#include "handlers/shared/service.hpp"

namespace bursar::handlers::api_keys {

using db::repositories::api_key;
using db::repositories::api_key_changes;
using db::repositories::new_api_key;

class service {
public:
    // `standard`: requests a minute of whom no limit is set; 0: no limit.
    service(const db::repositories::api_key_repository& keys, std::int64_t standard) noexcept
        : keys_(keys)
        , standard_(standard) {}

    awaitable<result<made_api_key>>
    create(db::session& on, const principal& caller, const new_api_key& input, deadline until) const;

    awaitable<result<api_key>> get(db::session& on, const principal& caller, uuid id, deadline until) const;

    awaitable<result<page<api_key>>>
    list(db::session& on, const principal& caller, std::optional<uuid> before, int limit, deadline until) const;

    // A patch that changes nothing returns the key as it is, version and all.
    awaitable<result<api_key>> patch(
        db::transaction& on, const principal& caller, uuid id, const expected_versions& versions,
        const api_key_changes& changes, deadline until) const;

    awaitable<result<api_key>> revoke(db::transaction& on, const principal& caller, uuid id, deadline until) const;

    // The same name, permissions, limit and expiry, and another secret.
    awaitable<result<made_api_key>>
    rotate(db::transaction& on, const principal& caller, uuid id, const rotation& how, deadline until) const;

private:
    // One that the caller may do something with, in a transaction: it stays as it is until that does it.
    awaitable<result<api_key>>
    lock_covered(db::transaction& on, const principal& caller, uuid id, deadline until) const;

    // Requests a minute that come of a key's own limit, or of its lack.
    std::int64_t pace_of(const std::optional<std::int64_t>& limit) const noexcept;
    std::int64_t pace_of(const principal& caller) const noexcept;

    const db::repositories::api_key_repository& keys_;
    const std::int64_t standard_;
};

} // namespace bursar::handlers::api_keys
