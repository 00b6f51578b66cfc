// What the audit log looks like on the wire.
#pragma once

#include "db/repositories/operations/audit_log.hpp"
#include "handlers/shared/page_query.hpp"
#include "server/schema/declare.hpp"

// Where argument-dependent lookup finds the descriptions.
namespace bursar::db::repositories {

constexpr auto describe_schema(const audit_outcome*) {
    return server::schema::enumeration(
        "AuditOutcome", "Whether it was done, denied for want of a permission, or failed.");
}

constexpr auto describe_schema(const audit_entry*) {
    using namespace server::schema;
    return object(
        "AuditEntry", "Who did what to which resource, and from where.",
        field("id", &audit_entry::id, doc{"Orders by the time."}), field("at", &audit_entry::at),
        field(
            "actor_kind", &audit_entry::actor_kind, doc{"The kind of credential; `system` is the service itself."},
            example{"api_key"}),
        field("actor_id", &audit_entry::actor_id, doc{"The API key or the user; null when nobody could be told."}),
        field(
            "action", &audit_entry::action,
            doc{"The operation of this API, or an event of security such as permission_denied."},
            example{"createCustomer"}),
        field(
            "resource_type", &audit_entry::resource_type, doc{"The collection, as in its path."}, example{"customers"}),
        field("resource_id", &audit_entry::resource_id, example{"0193a1c4-5e6f-7a8b-9c0d-1e2f3a4b5c6d"}),
        field("outcome", &audit_entry::outcome),
        field("request_id", &audit_entry::request_id, doc{"X-Request-Id of the request."}, example{"4f0c1f9d2b7e4a63"}),
        field("trace_id", &audit_entry::trace_id, example{"4bf92f3577b34da6a3ce929d0e0e4736"}),
        field("client_address", &audit_entry::client_address, example{"192.0.2.7"}),
        field("user_agent", &audit_entry::user_agent, doc{"Its first 200 characters."}, example{"curl/8.5.0"}),
        field(
            "details", &audit_entry::details, doc{"What else there is to tell, by the kind of action."},
            example{"{}"}));
}

} // namespace bursar::db::repositories

namespace bursar::handlers::audit_log {

struct list_query : page_query {
    std::optional<server::uuid> actor_id;
    std::optional<std::string> action;
    std::optional<std::string> resource_type;
    std::optional<std::string> resource_id;
    std::optional<server::timestamp> from;
    std::optional<server::timestamp> to;
};

constexpr auto describe_schema(const list_query*) {
    using namespace server::schema;
    return object(
        "ListAuditLog", "Which rows.", field("actor_id", &list_query::actor_id, doc{"What this API key or user did."}),
        field(
            "action", &list_query::action, length{1, 100}, formats::visible_ascii, doc{"Exactly this action."},
            example{"createCustomer"}),
        field(
            "resource_type", &list_query::resource_type, length{1, 100}, formats::visible_ascii,
            doc{"With resource_id: what was done to this resource."}, example{"customers"}),
        field(
            "resource_id", &list_query::resource_id, length{1, 200}, formats::visible_ascii,
            example{"0193a1c4-5e6f-7a8b-9c0d-1e2f3a4b5c6d"}),
        field("from", &list_query::from, doc{"Then or later."}), field("to", &list_query::to, doc{"Earlier."}),
        cursor_field(), limit_field());
}

} // namespace bursar::handlers::audit_log
