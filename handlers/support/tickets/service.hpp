// The rules of the support desk: a customer has at most ten open tickets, however many requests come at once; a ticket
// is resolved when open and reopened when resolved; a change starts from a known version; who works on a ticket is a
// member of the organization; a comment is by its caller, and only a program may speak for somebody else. Knows no
// HTTP. The repositories must outlive the service.
//
// Failures, beside those of the database: not_found (the ticket, or the customer of a new one: then with the field
// /customer_id); validation_failed (an assignee who is no member, an author who is not the caller); open_ticket_limit;
// invalid_state; precondition_failed (the row has another version than any expected).
#pragma once

#include "db/repositories/support/customers.hpp"
#include "db/repositories/support/tickets.hpp"
#include "handlers/shared/service.hpp"

namespace bursar::handlers::tickets {

using db::repositories::activity;
using db::repositories::comment;
using db::repositories::new_comment;
using db::repositories::new_ticket;
using db::repositories::ticket;
using db::repositories::ticket_changes;
using db::repositories::ticket_filter;
using db::repositories::with_comments;

// The database knows it too: customers_open_tickets_limit.
inline constexpr std::int16_t open_ticket_limit = 10;

struct repositories {
    const db::repositories::customer_repository& customers;
    const db::repositories::ticket_repository& tickets;
    const db::repositories::comment_repository& comments;
};

class service {
public:
    explicit service(const repositories& in) noexcept
        : customers_(in.customers)
        , tickets_(in.tickets)
        , comments_(in.comments) {}

    awaitable<result<ticket>>
    create(db::session& on, const principal& caller, const new_ticket& input, deadline until) const;

    awaitable<result<ticket>>
    get(db::session& on, const principal& caller, uuid id, with_comments included, deadline until) const;

    awaitable<result<page<ticket>>> list(
        db::session& on, const principal& caller, const ticket_filter& filter, with_comments included,
        std::optional<uuid> before, int limit, deadline until) const;

    // A patch that changes nothing returns the ticket as it is, version and all, and leaves no activity.
    awaitable<result<ticket>> patch(
        db::session& on, const principal& caller, uuid id, const expected_versions& versions,
        const ticket_changes& changes, deadline until) const;

    awaitable<result<ticket>> resolve(db::session& on, const principal& caller, uuid id, deadline until) const;
    awaitable<result<ticket>> reopen(db::session& on, const principal& caller, uuid id, deadline until) const;

    awaitable<result<>>
    remove(db::session& on, const principal& caller, uuid id, const expected_versions& versions, deadline until) const;

    awaitable<result<comment>>
    add_comment(db::session& on, const principal& caller, uuid ticket, const new_comment& input, deadline until) const;

    awaitable<result<comment>>
    get_comment(db::session& on, const principal& caller, uuid ticket, uuid id, deadline until) const;

    // Oldest first, those numbered above `after`.
    awaitable<result<page<comment>>> list_comments(
        db::session& on, const principal& caller, uuid ticket, std::optional<std::int64_t> after, int limit,
        deadline until) const;

    // Newest first, those numbered below `before`.
    awaitable<result<page<activity>>> list_activity(
        db::session& on, const principal& caller, uuid ticket, std::optional<std::int64_t> before, int limit,
        deadline until) const;

private:
    awaitable<result<>>
    check_assignee(db::session& on, const principal& caller, std::optional<uuid> assignee, deadline until) const;

    const db::repositories::customer_repository& customers_;
    const db::repositories::ticket_repository& tickets_;
    const db::repositories::comment_repository& comments_;
};

} // namespace bursar::handlers::tickets
