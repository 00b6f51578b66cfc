// What tickets, comments and activity look like on the wire. The records of db/repositories are the DTOs; this is
// their one description.
#pragma once

#include "db/repositories/support/tickets.hpp"
#include "handlers/shared/page_query.hpp"
#include "handlers/shared/resource.hpp"
#include "server/schema/declare.hpp"

#include <boost/describe/enum.hpp>

// Where argument-dependent lookup finds the descriptions.
namespace bursar::db::repositories {

constexpr auto describe_schema(const ticket_priority*) {
    return server::schema::enumeration("TicketPriority", "How much it presses.");
}

constexpr auto describe_schema(const ticket_status*) {
    return server::schema::enumeration("TicketStatus", "A ticket is open until it is resolved, and can be reopened.");
}

constexpr auto describe_schema(const comment_visibility*) {
    return server::schema::enumeration("CommentVisibility", "Public: the customer may see it. Internal: staff only.");
}

constexpr auto describe_schema(const activity_kind*) {
    return server::schema::enumeration("ActivityKind", "What happened to a ticket.");
}

constexpr auto describe_schema(const subject_resource*) {
    using namespace server::schema;
    return object(
        "SubjectResource", "What a ticket is about, beside its customer.",
        field(
            "type", &subject_resource::type, length{1, 50}, formats::identifier, doc{"The kind of resource."},
            example{"transfer"}),
        field(
            "id", &subject_resource::id, length{1, 200}, formats::visible_ascii, doc{"Its id."},
            example{"019a9f2e-7c1b-7d5e-9a51-0c8e53b8a001"}));
}

constexpr auto describe_schema(const comment*) {
    using namespace server::schema;
    return object(
        "Comment", "What somebody said under a ticket.", field("id", &comment::id, doc{"Made by the server."}),
        field(
            "author", &comment::author, length{1, 200}, doc{"Who said it: the person, or whom the API key spoke for."},
            example{"Grace"}),
        field("body", &comment::body, length{1, 5000}, doc{"What was said."}),
        field("visibility", &comment::visibility), field("created_at", &comment::created_at));
}

constexpr auto describe_schema(const new_comment*) {
    using namespace server::schema;
    return object(
        "CreateComment", "What a new comment needs.",
        field(
            "author", &new_comment::author, length{1, 200}, label{},
            doc{"Of an API key alone: whom it speaks for, such as its customer. Absent: the caller, by the name of the "
                "person or the key."}),
        field(
            "body", &new_comment::body, length{1, 5000}, not_blank{}, doc{"What is said."},
            example{"The transfer has arrived."}),
        field("visibility", &new_comment::visibility, optional_with_default{}, doc{"Who may see it."}));
}

constexpr auto describe_schema(const activity*) {
    using namespace server::schema;
    return object(
        "Activity", "Something that happened to a ticket.",
        field("number", &activity::number, range{1, 9007199254740991}, doc{"Counts a ticket's events without gaps."}),
        field("kind", &activity::kind), field("actor_id", &activity::actor_id, doc{"The API key that did it."}),
        field(
            "changes", &activity::changes,
            doc{"Of an update, each changed field with its value before and after; of a comment, its id."},
            example{R"({"priority":{"from":"medium","to":"high"}})"}),
        field("created_at", &activity::created_at));
}

constexpr auto describe_schema(const ticket*) {
    using namespace server::schema;
    return object(
        "Ticket", "A customer's matter for the support desk.", field("id", &ticket::id, doc{"Made by the server."}),
        field("customer_id", &ticket::customer_id), field("subject", &ticket::subject, length{1, 200}),
        field("description", &ticket::description, length{1, 5000}), field("priority", &ticket::priority),
        field("status", &ticket::status), field("assignee_id", &ticket::assignee_id, doc{"Who works on it."}),
        field("subject_resource", &ticket::subject_resource), field("created_at", &ticket::created_at),
        field("updated_at", &ticket::updated_at, doc{"Comments do not count."}),
        field("resolved_at", &ticket::resolved_at, doc{"Null while it is open."}),
        field(
            "comments", &ticket::comments, omitted_when_empty{},
            doc{"Only with include=comments: the newest, oldest first. Of one ticket at most 100, in a list at most 3 "
                "of "
                "each, and fewer where they are long; the rest are in the list of the ticket's comments."}),
        field(
            "comment_count", &ticket::comments_in_all, range{0, 9007199254740991}, omitted_when_empty{},
            doc{"Only with include=comments: how many there are."}));
}

constexpr auto describe_schema(const new_ticket*) {
    using namespace server::schema;
    return object(
        "CreateTicket", "What a new ticket needs.",
        field("customer_id", &new_ticket::customer_id, doc{"Whose matter it is."}),
        field(
            "subject", &new_ticket::subject, length{1, 200}, not_blank{}, single_line{}, doc{"The matter in a line."},
            example{"Payout missing"}),
        field(
            "description", &new_ticket::description, length{1, 5000}, not_blank{}, doc{"The matter in full."},
            example{"The payout of Monday has not arrived."}),
        field("priority", &new_ticket::priority, optional_with_default{}),
        field("assignee_id", &new_ticket::assignee_id, doc{"Who works on it: a member of the organization."}),
        field("subject_resource", &new_ticket::subject_resource));
}

constexpr auto describe_schema(const ticket_changes*) {
    using namespace server::schema;
    return object(
        "PatchTicket", "A merge patch (RFC 7396): absent fields stay, null clears.",
        field("subject", &ticket_changes::subject, length{1, 200}, not_blank{}, single_line{}),
        field("description", &ticket_changes::description, length{1, 5000}, not_blank{}),
        field("priority", &ticket_changes::priority, example{"high"}),
        field(
            "assignee_id", &ticket_changes::assignee_id, nullable{},
            doc{"A member of the organization. Null takes the ticket from its assignee."}));
}

} // namespace bursar::db::repositories

namespace bursar::handlers::tickets {

enum class inclusion : std::uint8_t { comments };
BOOST_DESCRIBE_ENUM(inclusion, comments)

struct get_query {
    std::optional<inclusion> include;
};

constexpr auto describe_schema(const get_query*) {
    using namespace server::schema;
    return object(
        "GetTicket", "What to show of a ticket.",
        field("include", &get_query::include, doc{"comments: the newest comments come with it, at most 100."}));
}

struct list_query : db::repositories::ticket_filter, page_query {
    std::optional<inclusion> include;
};

constexpr auto describe_schema(const list_query*) {
    using namespace server::schema;
    return object(
        "ListTickets", "Which tickets. Several filters must all hold.", field("status", &list_query::status),
        field("priority", &list_query::priority), field("customer_id", &list_query::customer_id),
        field("assignee_id", &list_query::assignee_id),
        field(
            "text", &list_query::text, length{1, 200}, not_blank{},
            doc{"Words of subject or description; a \"quoted phrase\", or, and -not are understood."}),
        field("include", &list_query::include, doc{"comments: the newest 3 comments come with each ticket."}),
        cursor_field(), limit_field());
}

inline db::repositories::with_comments comments_in(std::optional<inclusion> asked) {
    return asked ? db::repositories::with_comments::yes : db::repositories::with_comments::no;
}

inline void fill(const list_query& query, db::repositories::with_comments& out) {
    out = comments_in(query.include);
}

} // namespace bursar::handlers::tickets

namespace bursar::handlers {

// Of the representation at hand: with its comments or without.
template <>
struct resource<db::repositories::ticket> : resource_by_id<db::repositories::ticket> {
    static std::string tag(const db::repositories::ticket& shown) {
        return shown.comments ? entity_tag(shown.version, shown.comment_count) : entity_tag(shown.version);
    }
};

template <>
struct resource<db::repositories::comment> : resource_by_id<db::repositories::comment> {
    static std::int64_t place(const db::repositories::comment& shown) { return shown.number; }
    static std::string tag(const db::repositories::comment&) { return only_tag(); }
};

template <>
struct resource<db::repositories::activity> {
    static std::int64_t place(const db::repositories::activity& shown) { return shown.number; }
};

} // namespace bursar::handlers
