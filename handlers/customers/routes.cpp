#include "handlers/customers/routes.hpp"

#include "handlers/customers/customer_handlers.hpp"
#include "handlers/customers/types.hpp"
#include "server/schema/routes.hpp"

namespace bursar::handlers::customers {

namespace http = server::http;
namespace schema = server::schema;
using http::request_context;
using http::verb;
using server::errc;
using enum server::permission;

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
         .handler = [&with](request_context& c) { return create(c, with); }},

        {.method = verb::get,
         .path = "/api/v1/customers",
         .operation_id = "listCustomers",
         .summary = "List customers, newest first",
         .tag = "Customers",
         .access = customers_read,
         .query = schema::query_of<list_query>(),
         .answers = {schema::list_of<customer>("A page of customers."), schema::failure(errc::invalid_cursor)},
         .handler = [&with](request_context& c) { return list(c, with); }},

        {.method = verb::get,
         .path = "/api/v1/customers/{id}",
         .operation_id = "getCustomer",
         .summary = "Read a customer",
         .tag = "Customers",
         .access = customers_read,
         .answers = {schema::tagged_answer_of<customer>(200, "The customer."), schema::failure(errc::not_found)},
         .handler = [&with](request_context& c) { return get(c, with); }},

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
             {schema::tagged_answer_of<customer>(200, "The customer as it is now."), schema::failure(errc::not_found),
              schema::failure(errc::precondition_failed),
              schema::failure(errc::conflict, "Another customer has this external_reference.")},
         .handler = [&with](request_context& c) { return patch(c, with); }},

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
             {schema::no_content_answer(), schema::failure(errc::not_found), schema::failure(errc::precondition_failed),
              schema::failure(errc::conflict, "The customer has open tickets, or accounts that are not closed.")},
         .handler = [&with](request_context& c) { return remove(c, with); }},
    };
}

} // namespace bursar::handlers::customers
