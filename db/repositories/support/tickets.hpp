// Tickets in PostgreSQL. Every statement is confined to one organization: another's row does not exist here. A change
// and the activity that records it are one statement, and so are the open tickets that the customer's row counts.
// Statements that lock both take the ticket first, then its customer; a new ticket is locked by nobody else.
// Failures are those of db::session; what a find does not find is errc::not_found, what a guarded write does not match
// is nullopt, and the caller finds out why. Holds the statements: outlives every call.
#pragma once

#include "db/repositories/page.hpp"
#include "db/repositories/support/comments.hpp"
#include "db/session.hpp"
#include "server/schema/values.hpp"

#include <boost/describe/enum.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

enum class ticket_priority : std::uint8_t { low, medium, high, critical };
BOOST_DESCRIBE_ENUM(ticket_priority, low, medium, high, critical)

enum class ticket_status : std::uint8_t { open, resolved };
BOOST_DESCRIBE_ENUM(ticket_status, open, resolved)

// What in bursar a ticket is about.
struct subject_resource {
    std::string type;
    std::string id;
};

struct ticket {
    uuid id;
    uuid customer_id;
    std::string subject;
    std::string description;
    ticket_priority priority = ticket_priority::medium;
    ticket_status status = ticket_status::open;
    std::optional<uuid> assignee_id;
    std::optional<repositories::subject_resource> subject_resource;
    std::int64_t version = 0;
    std::int64_t comment_count = 0;
    timestamp created_at;
    timestamp updated_at;
    std::optional<timestamp> resolved_at;
    std::optional<std::vector<comment>> comments; // when asked for: the newest of them, oldest first
    std::optional<std::int64_t> comments_in_all;  // then too
};

struct new_ticket {
    uuid customer_id;
    std::string subject;
    std::string description;
    ticket_priority priority = ticket_priority::medium;
    std::optional<uuid> assignee_id;
    std::optional<repositories::subject_resource> subject_resource;
};

struct ticket_changes {
    server::schema::patched<std::string> subject;
    server::schema::patched<std::string> description;
    server::schema::patched<ticket_priority> priority;
    server::schema::patched<uuid> assignee_id;
};

struct ticket_filter {
    std::optional<ticket_status> status;
    std::optional<ticket_priority> priority;
    std::optional<uuid> customer_id;
    std::optional<uuid> assignee_id;
    std::optional<std::string> text; // words of subject or description
};

enum class with_comments : bool { no, yes };

// Comments that come with one ticket at most, and with each of a list: fewer where ticket_bytes and page_bytes leave no
// room.
inline constexpr int included_comments = 100;
inline constexpr int listed_comments = 3;
// Bytes of the comments that come with one ticket.
inline constexpr std::size_t ticket_bytes = std::size_t{512} << 10U;

class ticket_repository {
public:
    ticket_repository();

    // nullopt: no such customer, or it has `open_limit` open tickets already.
    awaitable<result<std::optional<ticket>>> insert(
        session& on, uuid org, uuid id, const new_ticket& fields, uuid actor, std::int16_t open_limit,
        deadline until) const;

    awaitable<result<ticket>> find(session& on, uuid org, uuid id, with_comments comments, deadline until) const;

    // Newest first, those with ids below `before`.
    awaitable<result<page<ticket>>> list(
        session& on, uuid org, const ticket_filter& filter, with_comments comments, std::optional<uuid> before,
        int limit, deadline until) const;

    // nullopt: no such ticket, another version, or nothing would change.
    awaitable<result<std::optional<ticket>>> update(
        session& on, uuid org, uuid id, const expected_versions& versions, const ticket_changes& changes, uuid actor,
        deadline until) const;

    // nullopt: no such ticket, or it is not open.
    awaitable<result<std::optional<ticket>>> resolve(session& on, uuid org, uuid id, uuid actor, deadline until) const;

    // nullopt: no such ticket, it is open, its customer is deleted or has `open_limit` open tickets already.
    awaitable<result<std::optional<ticket>>>
    reopen(session& on, uuid org, uuid id, uuid actor, std::int16_t open_limit, deadline until) const;

    // Whether tickets can be somebody's to work on: a member of the organization.
    awaitable<result<bool>> may_be_assigned(session& on, uuid org, uuid user, deadline until) const;

    // Soft. False: no such ticket, or another version.
    awaitable<result<bool>>
    remove(session& on, uuid org, uuid id, const expected_versions& versions, uuid actor, deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    const statement insert_;
    const statement find_;
    const statement find_with_comments_;
    const statement update_;
    const statement resolve_;
    const statement reopen_;
    const statement remove_;
    const statement may_be_assigned_;
    std::vector<std::unique_ptr<const statement>> lists_; // see list_index in the source
};

} // namespace bursar::db::repositories
