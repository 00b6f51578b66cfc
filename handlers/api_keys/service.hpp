// The rules of API keys: nobody makes, changes, renews or revokes one that may do what they may not; a key that gives
// way to another works on for a while. Knows no HTTP. The repository must outlive the service.
//
// Failures, beside those of the database: not_found; permission_denied (the key is above the caller); invalid_state
// (revoked, expired or replaced); validation_failed (expires in the past); precondition_failed.
#pragma once

#include "db/repositories/api_keys.hpp"
#include "handlers/api_keys/types.hpp"

namespace bursar::handlers::api_keys {

using db::repositories::api_key;
using db::repositories::api_key_changes;
using db::repositories::expected_versions;
using db::repositories::new_api_key;
using db::repositories::page;
using server::awaitable;
using server::deadline;
using server::principal;
using server::result;
using server::uuid;

class service {
public:
    explicit service(const db::repositories::api_key_repository& keys) noexcept
        : keys_(keys) {}

    awaitable<result<made_api_key>>
    create(db::session& on, const principal& caller, const new_api_key& input, deadline until) const;

    awaitable<result<api_key>> get(db::session& on, const principal& caller, uuid id, deadline until) const;

    awaitable<result<page<api_key>>>
    list(db::session& on, const principal& caller, std::optional<uuid> before, int limit, deadline until) const;

    // What changes a key is done in a transaction. A patch that changes nothing returns the key as it is, version and
    // all.
    awaitable<result<api_key>> patch(
        db::session& on, const principal& caller, uuid id, const expected_versions& versions,
        const api_key_changes& changes, deadline until) const;

    awaitable<result<api_key>> revoke(db::session& on, const principal& caller, uuid id, deadline until) const;

    // The same name, permissions, limit and expiry, and another secret.
    awaitable<result<made_api_key>>
    rotate(db::session& on, const principal& caller, uuid id, const rotation& how, deadline until) const;

private:
    // One that the caller may do something with, in a transaction: it stays as it is until that does it.
    awaitable<result<api_key>> lock_covered(db::session& on, const principal& caller, uuid id, deadline until) const;

    const db::repositories::api_key_repository& keys_;
};

} // namespace bursar::handlers::api_keys
