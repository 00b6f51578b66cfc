#include "handlers/ledger/scheduled_transfers/routes.hpp"

#include "handlers/shared/routes.hpp"

namespace bursar::handlers::scheduled_transfers {

std::vector<http::route> routes(const dependencies& with) {
    return {
        {.method = verb::post,
         .path = "/api/v1/scheduled-transfers",
         .operation_id = "createScheduledTransfer",
         .summary = "Schedule a transfer",
         .description = "Accounts and currencies are looked at now, balances and limits when it runs: a run that is "
                        "refused then moves nothing, and the next one comes all the same.",
         .tag = "Transfers",
         .access = ledger_write,
         .idempotent = http::idempotency::required,
         .body = schema::body_of<new_scheduled_transfer>(),
         .answers =
             {schema::tagged_answer_of<scheduled_transfer>(201, "The scheduled transfer, durable."),
              schema::failure(errc::not_found, "There is no such account."), schema::failure(errc::currency_mismatch)},
         .handler = calls<&service::create>(with)},

        {.method = verb::get,
         .path = "/api/v1/scheduled-transfers",
         .operation_id = "listScheduledTransfers",
         .summary = "List scheduled transfers, newest first",
         .tag = "Transfers",
         .access = ledger_read,
         .query = schema::query_of<list_query>(),
         .answer = http::answer_size::large,
         .answers = {schema::list_of<scheduled_transfer>("A page of scheduled transfers.")},
         .handler = lists<list_query, &service::list>(with)},

        {.method = verb::get,
         .path = "/api/v1/scheduled-transfers/{id}",
         .operation_id = "getScheduledTransfer",
         .summary = "Read a scheduled transfer",
         .tag = "Transfers",
         .access = ledger_read,
         .answers = {schema::tagged_answer_of<scheduled_transfer>(200, "The scheduled transfer.")},
         .handler = calls<&service::get>(with)},

        {.method = verb::post,
         .path = "/api/v1/scheduled-transfers/{id}/cancel",
         .operation_id = "cancelScheduledTransfer",
         .summary = "Cancel a scheduled transfer",
         .description = "What it has made stays as it is; nothing more is made. To change one, cancel it and schedule "
                        "another.",
         .tag = "Transfers",
         .access = ledger_write,
         .idempotent = http::idempotency::required,
         .answers =
             {schema::tagged_answer_of<scheduled_transfer>(200, "The scheduled transfer, cancelled."),
              schema::failure(errc::conflict, "A run of it is under way."),
              schema::failure(errc::invalid_state, "It is cancelled, or has had its last run.")},
         .handler = calls<&service::cancel>(with)},
    };
}

} // namespace bursar::handlers::scheduled_transfers
