// The rules of customers: a reference belongs to one customer, a change starts from a known version, a customer with
// open tickets, or with accounts that are not closed, stays. Knows no HTTP. The repository must outlive the service.
//
// Failures, beside those of the database: not_found; conflict (the external reference is taken, or tickets or accounts
// are open); precondition_failed (the row has another version than any expected).
#pragma once

#include "db/repositories/customers.hpp"
#include "server/principal.hpp"

namespace bursar::handlers::customers {

using db::repositories::customer;
using db::repositories::customer_changes;
using db::repositories::customer_filter;
using db::repositories::expected_versions;
using db::repositories::new_customer;
using db::repositories::page;
using server::awaitable;
using server::deadline;
using server::principal;
using server::result;
using server::uuid;

class service {
public:
    explicit service(const db::repositories::customer_repository& customers) noexcept
        : customers_(customers) {}

    awaitable<result<customer>>
    create(db::session& on, const principal& caller, const new_customer& input, deadline until) const;

    awaitable<result<customer>> get(db::session& on, const principal& caller, uuid id, deadline until) const;

    awaitable<result<page<customer>>> list(
        db::session& on, const principal& caller, const customer_filter& filter, std::optional<uuid> before, int limit,
        deadline until) const;

    // A patch that changes nothing returns the customer as it is, version and all.
    awaitable<result<customer>> patch(
        db::session& on, const principal& caller, uuid id, const expected_versions& versions,
        const customer_changes& changes, deadline until) const;

    awaitable<result<>>
    remove(db::session& on, const principal& caller, uuid id, const expected_versions& versions, deadline until) const;

private:
    const db::repositories::customer_repository& customers_;
};

} // namespace bursar::handlers::customers
