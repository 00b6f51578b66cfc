// What customers look like on the wire. The records of db/repositories are the DTOs; this is their one description.
#pragma once

#include "db/repositories/support/customers.hpp"
#include "handlers/shared/page_query.hpp"
#include "server/schema/declare.hpp"

// Where argument-dependent lookup finds the descriptions.
namespace bursar::db::repositories {

constexpr auto describe_schema(const customer*) {
    using namespace server::schema;
    return object(
        "Customer", "Whom the organization serves.", field("id", &customer::id, doc{"Made by the server."}),
        field("name", &customer::name, length{1, 200}, doc{"What people call the customer."}, example{"Ada Lovelace"}),
        field("email", &customer::email, formats::email, length{3, 254}, doc{"Where the customer is written to."}),
        field(
            "external_reference", &customer::external_reference, length{1, 200},
            doc{"The customer's id in your own system; unique in the organization."}, example{"crm-4711"}),
        field("metadata", &customer::metadata, free_form{}, doc{"Whatever you keep with the customer."}),
        field("created_at", &customer::created_at), field("updated_at", &customer::updated_at));
}

constexpr auto describe_schema(const new_customer*) {
    using namespace server::schema;
    return object(
        "CreateCustomer", "What a new customer needs.",
        field(
            "name", &new_customer::name, length{1, 200}, label{}, doc{"What people call the customer."},
            example{"Ada Lovelace"}),
        field(
            "email", &new_customer::email, formats::email, length{3, 254}, doc{"Where the customer is written to."},
            example{"ada@example.com"}),
        field(
            "external_reference", &new_customer::external_reference, length{1, 200}, label{},
            doc{"The customer's id in your own system; unique in the organization, free again after a deletion."},
            example{"crm-4711"}),
        field(
            "metadata", &new_customer::metadata, free_form{}, optional_with_default{},
            doc{"Whatever you keep with the customer."}, example{R"({"plan":"gold"})"}));
}

constexpr auto describe_schema(const customer_changes*) {
    using namespace server::schema;
    return object(
        "PatchCustomer", "A merge patch (RFC 7396): absent fields stay, null clears.",
        field("name", &customer_changes::name, length{1, 200}, label{}, example{"Ada King"}),
        field("email", &customer_changes::email, nullable{}, formats::email, length{3, 254}),
        field("external_reference", &customer_changes::external_reference, nullable{}, length{1, 200}, label{}),
        field(
            "metadata", &customer_changes::metadata, free_form{},
            doc{"Its members replace those of the same name, each as a whole; null removes one."}));
}

} // namespace bursar::db::repositories

namespace bursar::handlers::customers {

struct list_query : db::repositories::customer_filter, page_query {};

constexpr auto describe_schema(const list_query*) {
    using namespace server::schema;
    return object(
        "ListCustomers", "Which customers.",
        field("email", &list_query::email, length{3, 254}, doc{"Exactly this address, without regard to case."}),
        field(
            "external_reference", &list_query::external_reference, length{1, 200}, label{},
            doc{"Exactly this reference."}),
        field(
            "text", &list_query::text, length{1, 200}, label{},
            doc{"Words of the name, address or reference; a \"quoted phrase\", or, and -not are understood."}),
        cursor_field(), limit_field());
}

// An export is written as a stream; this is its description alone.
struct customer_export {
    server::timestamp exported_at;
    server::schema::raw_json customer;
    std::vector<server::schema::raw_json> tickets;
    std::vector<server::schema::raw_json> accounts;
    std::vector<server::schema::raw_json> scheduled_transfers;
    std::vector<server::schema::raw_json> audit_log;
};

constexpr auto describe_schema(const customer_export*) {
    using namespace server::schema;
    return object(
        "CustomerExport", "All that is kept about one customer, deleted tickets too.",
        field("exported_at", &customer_export::exported_at, doc{"When the export began."}),
        field("customer", &customer_export::customer, example{R"({"name":"Ada Lovelace"})"}),
        field("tickets", &customer_export::tickets, doc{"Each with its `comments` and its `activity`."}),
        field(
            "accounts", &customer_export::accounts,
            doc{"Each with its `entries` that are not archived, and these with their `transfer`."}),
        field(
            "scheduled_transfers", &customer_export::scheduled_transfers,
            doc{"Those that name one of the accounts, each with its `legs` that do: from the side of that account, the "
                "other not told unless it is the customer's too."}),
        field("audit_log", &customer_export::audit_log, doc{"Who did what to the customer."}));
}

struct erased_customer {
    server::uuid id;
    server::timestamp erased_at;
};

constexpr auto describe_schema(const erased_customer*) {
    using namespace server::schema;
    return object(
        "ErasedCustomer", "What is left of a customer.", field("id", &erased_customer::id),
        field("erased_at", &erased_customer::erased_at, doc{"Of the first erasure, if there was more than one."}));
}

} // namespace bursar::handlers::customers
