#include "handlers/support/customers/routes.hpp"

#include "handlers/shared/routes.hpp"
#include "handlers/support/customers/customer_handlers.hpp"
#include "handlers/support/customers/types.hpp"

namespace bursar::handlers::customers {

std::vector<http::route> routes(const dependencies& with) {
    return {
        {.method = verb::post,
         .path = "/api/v1/customers",
         .operation_id = "createCustomer",
         .summary = "Create a customer",
         .tag = "Customers",
         .access = customers_write,
         .idempotent = http::idempotency::required,
         .body = schema::body_of<new_customer>(),
         .answers =
             {schema::tagged_answer_of<customer>(201, "The customer, durable."),
              schema::failure(errc::conflict, "Another customer has this external_reference.")},
         .handler = calls<&service::create>(with)},

        {.method = verb::get,
         .path = "/api/v1/customers",
         .operation_id = "listCustomers",
         .summary = "List customers, newest first",
         .tag = "Customers",
         .access = customers_read,
         .query = schema::query_of<list_query>(),
         .answer = http::answer_size::large,
         .answers = {schema::list_of<customer>("A page of customers.")},
         .handler = lists<list_query, &service::list>(with)},

        {.method = verb::get,
         .path = "/api/v1/customers/{id}",
         .operation_id = "getCustomer",
         .summary = "Read a customer",
         .tag = "Customers",
         .access = customers_read,
         .answers = {schema::tagged_answer_of<customer>(200, "The customer.")},
         .handler = calls<&service::get>(with)},

        {.method = verb::patch,
         .path = "/api/v1/customers/{id}",
         .operation_id = "patchCustomer",
         .summary = "Change a customer",
         .description = "A patch that changes nothing answers 200 with the version as it was.",
         .tag = "Customers",
         .access = customers_write,
         .condition = http::precondition::if_match,
         .body = schema::body_of<customer_changes>(),
         .answers =
             {schema::tagged_answer_of<customer>(200, "The customer as it is now."),
              schema::failure(errc::conflict, "Another customer has this external_reference.")},
         .handler = calls<&service::patch>(with)},

        {.method = verb::delete_,
         .path = "/api/v1/customers/{id}",
         .operation_id = "deleteCustomer",
         .summary = "Delete a customer",
         .description = "Refused while tickets of the customer are open or accounts of it are not closed. Its other "
                        "tickets, and its closed accounts, stay readable.",
         .tag = "Customers",
         .access = customers_write,
         .condition = http::precondition::if_match,
         .answers =
             {schema::no_content_answer(),
              schema::failure(errc::conflict, "The customer has open tickets, or accounts that are not closed.")},
         .handler = calls<&service::remove>(with)},

        {.method = verb::get,
         .path = "/api/v1/customers/{id}/export",
         .operation_id = "exportCustomer",
         .summary = "Export all that is kept about a customer",
         .description =
             "One document, streamed. It is read in pages: each is of one moment, and what changes meanwhile may be in "
             "it or not; an account's entries are those of the moment when the account was read. A document that is "
             "not well-formed JSON was cut off: ask again. A deleted customer can be exported, an erased one not. "
             "Leaves a row in the audit log.",
         .tag = "Customers",
         .access = customers_export,
         .rate = http::rate_class::expensive,
         .answer = http::answer_size::large,
         .answers =
             {schema::answer_of<customer_export>(200, "The export."),
              schema::failure(errc::gone, "The customer was erased.")},
         .handler = answered_by<&export_data>(with)},

        {.method = verb::post,
         .path = "/api/v1/customers/{id}/erase",
         .operation_id = "eraseCustomer",
         .summary = "Erase what is personal of a customer, for good",
         .description =
             "Name, address, reference and metadata of the customer, the texts of its tickets and comments, the names, "
             "codes and metadata of its accounts, the texts of transfers that are scheduled for them, and every answer "
             "kept for an Idempotency-Key that showed them: a repeated key is 410 then. The customer and its tickets "
             "are deleted. What the ledger recorded stays as it is, with the descriptions and metadata that its "
             "transfers were given. Refused while tickets are open or accounts not closed; a deleted customer can be "
             "erased, and an erased one again, to no effect.",
         .tag = "Customers",
         .access = customers_erase,
         .rate = http::rate_class::expensive,
         .idempotent = http::idempotency::required,
         .answers =
             {schema::answer_of<erased_customer>(200, "Erased."),
              schema::failure(errc::conflict, "The customer has open tickets, or accounts that are not closed.")},
         .handler = calls<&service::erase>(with)},
    };
}

} // namespace bursar::handlers::customers
