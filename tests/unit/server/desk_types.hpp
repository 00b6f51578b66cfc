// DTOs in the shape of the support desk's, for the suites of the schema and of the OpenAPI document.
#pragma once

#include "server/schema/schema.hpp"

namespace desk {

using bursar::server::timestamp;
using bursar::server::uuid;
namespace schema = bursar::server::schema;

constexpr std::string_view customer = "0190fd3a-1c2b-7d4e-8f90-123456789abc";

enum class ticket_priority { low, medium, high, critical };
BOOST_DESCRIBE_ENUM(ticket_priority, low, medium, high, critical)
constexpr auto describe_schema(const ticket_priority*) {
    return schema::enumeration("TicketPriority", "How soon a ticket wants an answer.");
}

enum class ticket_status { open, resolved, new_ };
BOOST_DESCRIBE_ENUM(ticket_status, open, resolved, new_)

struct subject_reference {
    std::string type;
    uuid id;
};
constexpr auto describe_schema(const subject_reference*) {
    using namespace schema;
    return object(
        "SubjectReference", "What a ticket is about.",
        field("type", &subject_reference::type, length{1, 50}, formats::identifier, example{"transfer"}),
        field("id", &subject_reference::id));
}

struct create_ticket {
    std::string subject;
    std::string description;
    ticket_priority priority = ticket_priority::medium;
    uuid customer_id;
    std::optional<subject_reference> subject_resource;
    std::vector<std::string> labels;
    schema::raw_json metadata;
};
constexpr auto describe_schema(const create_ticket*) {
    using namespace schema;
    return object(
        "CreateTicket", "What a new ticket needs.",
        field(
            "subject", &create_ticket::subject, length{1, 200}, single_line{}, not_blank{}, doc{"In one line."},
            example{"Card declined twice"}),
        field("description", &create_ticket::description, length{1, 5000}, not_blank{}),
        field("priority", &create_ticket::priority, optional_with_default{}),
        field("customer_id", &create_ticket::customer_id), field("subject_resource", &create_ticket::subject_resource),
        field("labels", &create_ticket::labels, items{0, 3}, length{1, 20}, optional_with_default{}),
        field("metadata", &create_ticket::metadata, free_form{3, 100}, optional_with_default{}));
}

struct patch_ticket {
    schema::patched<std::string> subject;
    schema::patched<ticket_priority> priority;
    schema::patched<uuid> assignee_id;
};
constexpr auto describe_schema(const patch_ticket*) {
    using namespace schema;
    return object(
        "PatchTicket", "What changes.", field("subject", &patch_ticket::subject, length{1, 200}),
        field("priority", &patch_ticket::priority),
        field("assignee_id", &patch_ticket::assignee_id, nullable{}, doc{"Null takes the ticket from its assignee."}));
}

struct ticket {
    uuid id;
    std::string subject;
    ticket_status status = ticket_status::open;
    ticket_priority priority = ticket_priority::medium;
    std::optional<uuid> assignee_id;
    std::optional<subject_reference> subject_resource;
    std::optional<std::vector<std::string>> comments;
    std::int64_t comment_count = 0;
    bool escalated = false;
    timestamp created_at;
    schema::raw_json metadata;
};
constexpr auto describe_schema(const ticket*) {
    using namespace schema;
    return object(
        "Ticket", "A request for help.", field("id", &ticket::id), field("subject", &ticket::subject),
        field("status", &ticket::status), field("priority", &ticket::priority),
        field("assignee_id", &ticket::assignee_id), field("subject_resource", &ticket::subject_resource),
        field("comments", &ticket::comments, omitted_when_empty{}, doc{"With `include=comments`."}),
        field("comment_count", &ticket::comment_count, range{0, 100000}), field("escalated", &ticket::escalated),
        field("created_at", &ticket::created_at), field("metadata", &ticket::metadata));
}

struct ticket_filter {
    std::vector<ticket_status> status;
    std::optional<ticket_priority> priority;
    std::optional<uuid> customer_id;
    std::optional<std::string> text;
    std::optional<timestamp> created_after;
    std::optional<bool> escalated;
    std::optional<std::string> cursor;
    std::int64_t limit = 20;
};
constexpr auto describe_schema(const ticket_filter*) {
    using namespace schema;
    return object(
        "TicketFilter", "Which tickets.",
        field("status", &ticket_filter::status, optional_with_default{}, items{0, 2}, doc{"Any of these."}),
        field("priority", &ticket_filter::priority), field("customer_id", &ticket_filter::customer_id),
        field("text", &ticket_filter::text, length{1, 100}), field("created_after", &ticket_filter::created_after),
        field("escalated", &ticket_filter::escalated),
        field("cursor", &ticket_filter::cursor, length{1, 512}, formats::visible_ascii),
        field("limit", &ticket_filter::limit, range{1, 100}, optional_with_default{}));
}

} // namespace desk
