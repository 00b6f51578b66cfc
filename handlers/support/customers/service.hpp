// The rules of customers: a reference belongs to one customer, a change starts from a known version, a customer with
// open tickets, or with accounts that are not closed, stays. Knows no HTTP. The repositories must outlive the service.
//
// Failures, beside those of the database: not_found; conflict (the external reference is taken, or tickets or accounts
// are open); precondition_failed (the row has another version than any expected); gone (the customer was erased).
#pragma once

#include "db/repositories/support/customer_data.hpp"
#include "db/repositories/support/customers.hpp"
#include "handlers/shared/service.hpp"
#include "handlers/support/customers/types.hpp"

namespace bursar::handlers::customers {

using db::repositories::customer;
using db::repositories::customer_changes;
using db::repositories::customer_filter;
using db::repositories::new_customer;

class service {
public:
    service(
        const db::repositories::customer_repository& customers,
        const db::repositories::customer_data_repository& data) noexcept
        : customers_(customers)
        , data_(data) {}

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

    // Of a customer that may be deleted, as JSON: the beginning of an export.
    awaitable<result<std::string>> export_data(db::session& on, const principal& caller, uuid id, deadline until) const;

    // Takes what is personal out of every row about the customer, and deletes it with its tickets. Of one that was
    // erased before, says when.
    awaitable<result<erased_customer>>
    erase(db::transaction& on, const principal& caller, uuid id, deadline until) const;

private:
    const db::repositories::customer_repository& customers_;
    const db::repositories::customer_data_repository& data_;
};

} // namespace bursar::handlers::customers
