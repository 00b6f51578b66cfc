#include "handlers/ledger/transfers/routes.hpp"

#include "handlers/ledger/transfers/batch_handler.hpp"
#include "handlers/ledger/transfers/transfer_handlers.hpp"
#include "handlers/shared/routes.hpp"

namespace bursar::handlers::transfers {

namespace {

// What is no id is that of no transfer, and its key is bound as by any other refusal.
constexpr http::path_parameter_spec transfer_id{"id", &http::unchecked_id};

// What an account can refuse.
std::vector<http::answer_spec> with_refusals(std::vector<http::answer_spec> answers) {
    for (const auto code :
         {errc::insufficient_funds, errc::limit_exceeded, errc::account_not_open, errc::balance_out_of_range})
        answers.push_back(schema::failure(code));
    return answers;
}

std::vector<http::route> making(const dependencies& with) {
    return {
        {.method = verb::post,
         .path = "/api/v1/transfers",
         .operation_id = "createTransfer",
         .summary = "Move money, or hold it",
         .description =
             "All legs or none, and 201 only when they are durable. The answer carries the balances that the "
             "transfer left. Repeat the request with its key until it is answered: it happens once. With "
             "`credit_amount` it converts one currency into another, by way of the organization's clearing accounts "
             "(equity accounts with the codes fx:EUR, fx:USD and so on, made when they are missing), at a rate that is "
             "kept with it.",
         .tag = "Transfers",
         .access = ledger_write,
         .idempotent = http::idempotency::by_handler,
         .body = schema::body_of<new_transfer>(),
         .answers = with_refusals(
             {schema::answer_of<transfer>(201, "The transfer, durable."),
              schema::failure(errc::not_found, "There is no such account."), schema::failure(errc::currency_mismatch),
              schema::failure(errc::period_closed),
              schema::failure(errc::gone, "It was made before, and its entries have been archived since.")}),
         .handler = answered_by<&create>(with)},

        {.method = verb::post,
         .path = "/api/v1/transfers/batch",
         .operation_id = "createTransferBatch",
         .summary = "Make many transfers",
         .description =
             "Up to 10,000, in their order, and an answer for each in the same order. With `atomic` they happen "
             "together or not at all, and the first that is refused is the failure of all. Otherwise each "
             "stands for itself; the answer is streamed as they become durable, and the batch is carried "
             "out to its end even if the client does not stay. Repeat it with its key to learn what became "
             "of it: what was done is not done again. The key stands for this very list, whatever becomes of its "
             "members, even when the list is not valid. When nothing could be done the whole answer is 503; a member "
             "with status 503, and those behind it, are done when the request is repeated.",
         .tag = "Transfers",
         .access = ledger_write,
         .rate = http::rate_class::expensive,
         .idempotent = http::idempotency::by_handler,
         .body = schema::body_or_fault_of<new_batch>(),
         .body_limit = 16U << 20U,
         .answer = http::answer_size::large,
         .answers = with_refusals(
             {schema::answer_of<std::vector<batch_answer>>(200, "What became of each transfer."),
              schema::failure(errc::not_found, "Atomic: there is no such account."),
              schema::failure(errc::currency_mismatch), schema::failure(errc::period_closed)}),
         .handler =
             {[&with](request_context& c) { return create_batch(c, with); }, {.body = &schema::type_of<new_batch>()}}},

        {.method = verb::post,
         .path = "/api/v1/transfers/{id}/post",
         .parameters = {transfer_id},
         .operation_id = "postTransfer",
         .summary = "Post a pending transfer, whole or in part",
         .description = "Once. What is not posted of the hold is let go. A conversion is posted whole or not at all.",
         .tag = "Transfers",
         .access = ledger_write,
         .idempotent = http::idempotency::by_handler,
         .body = schema::body_of<part>(),
         .body_optional = true,
         .answers = with_refusals(
             {schema::answer_of<transfer>(201, "The posting."),
              schema::failure(errc::gone, "The entries of the transfer have been archived."),
              schema::failure(errc::invalid_state, "The transfer is not pending, or has expired."),
              schema::failure(errc::amount_exceeded, "That is more than is held.")}),
         .handler = answered_by<&post>(with)},

        {.method = verb::post,
         .path = "/api/v1/transfers/{id}/void",
         .parameters = {transfer_id},
         .operation_id = "voidTransfer",
         .summary = "Let the hold of a pending transfer go",
         .tag = "Transfers",
         .access = ledger_write,
         .idempotent = http::idempotency::by_handler,
         .answers =
             {schema::answer_of<transfer>(201, "The void."),
              schema::failure(errc::gone, "The entries of the transfer have been archived."),
              schema::failure(errc::invalid_state, "The transfer is not pending.")},
         .handler = answered_by<&void_transfer>(with)},

        {.method = verb::post,
         .path = "/api/v1/transfers/{id}/reverse",
         .parameters = {transfer_id},
         .operation_id = "reverseTransfer",
         .summary = "Move back what was posted, whole or in part",
         .description = "As often as something is left: reversals never sum to more than the transfer. A conversion is "
                        "reversed whole or not at all.",
         .tag = "Transfers",
         .access = ledger_write,
         .idempotent = http::idempotency::by_handler,
         .body = schema::body_of<part>(),
         .body_optional = true,
         .answers = with_refusals(
             {schema::answer_of<transfer>(201, "The reversal."),
              schema::failure(errc::gone, "The entries of the transfer have been archived."),
              schema::failure(errc::invalid_state, "The transfer was not posted, or is a reversal itself."),
              schema::failure(errc::amount_exceeded, "That is more than is left to reverse.")}),
         .handler = answered_by<&reverse>(with)},
    };
}

std::vector<http::route> reading(const dependencies& with) {
    return {
        {.method = verb::get,
         .path = "/api/v1/transfers/{id}",
         .operation_id = "getTransfer",
         .summary = "Read a transfer",
         .description = "It stays when the entries of its month are archived, but without its legs.",
         .tag = "Transfers",
         .access = ledger_read,
         .answers = {schema::tagged_answer_of<transfer>(200, "The transfer.")},
         .handler = calls<&service::get>(with)},

        {.method = verb::get,
         .path = "/api/v1/transfers",
         .operation_id = "listTransfers",
         .summary = "List transfers, newest first",
         .tag = "Transfers",
         .access = ledger_read,
         .query = schema::query_of<list_query>(),
         .answer = http::answer_size::large,
         .answers = {schema::list_of<transfer>("A page of transfers.")},
         .handler = lists<list_query, &service::list>(with)},
    };
}

} // namespace

std::vector<http::route> routes(const dependencies& with) {
    auto all = making(with);
    for (auto& each : reading(with))
        all.push_back(std::move(each));
    return all;
}

} // namespace bursar::handlers::transfers
