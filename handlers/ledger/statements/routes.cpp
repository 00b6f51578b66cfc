#include "handlers/ledger/statements/routes.hpp"

#include "handlers/ledger/statements/statement_handlers.hpp"
#include "handlers/ledger/statements/types.hpp"
#include "handlers/shared/routes.hpp"

namespace bursar::handlers::statements {

namespace {

constexpr std::string_view csv_example =
    "type,seq,recorded_at,effective_at,transfer_id,description,external_reference,counterparty_id,counterparty_code,"
    "counterparty_name,amount,balance,currency\r\n"
    "opening,41,2026-10-01T00:00:00.000000Z,,,,,,,,,12500,EUR\r\n"
    "line,42,2026-10-03T09:12:44.120007Z,2026-10-03T09:12:44.120007Z,0199a8d1-3b58-7e2a-9c41-6a1f0d2b7c35,"
    "\"Card payment, shop 7\",order-1042,0199a8c0-11aa-7b3c-8d4e-5f60718293a4,card-settlement,Card settlement,-1500,"
    "11000,EUR\r\n"
    "closing,42,2026-11-01T00:00:00.000000Z,,,,,,,,,11000,EUR\r\n";

constexpr std::string_view ndjson_example =
    R"({"type":"opening","account":{"id":"0193a1c4-5e6f-7a8b-9c0d-1e2f3a4b5c6d","name":"Wallet of Ada","code":"wallet-4711",)"
    R"("type":"liability","currency":"EUR"},"from":"2026-10-01T00:00:00.000000Z","to":"2026-11-01T00:00:00.000000Z",)"
    R"("posted":12500,"seq":41})"
    "\n"
    R"({"type":"line","seq":42,"transfer_id":"0199a8d1-3b58-7e2a-9c41-6a1f0d2b7c35",)"
    R"("recorded_at":"2026-10-03T09:12:44.120007Z","effective_at":"2026-10-03T09:12:44.120007Z",)"
    R"("description":"Card payment, shop 7","external_reference":"order-1042","counterparty":)"
    R"({"id":"0199a8c0-11aa-7b3c-8d4e-5f60718293a4","name":"Card settlement","code":"card-settlement"},)"
    R"("amount":-1500,"balance":11000})"
    "\n"
    R"({"type":"closing","posted":11000,"seq":42,"in":0,"out":1500,"lines":1})"
    "\n";

} // namespace

std::vector<http::route> routes(const dependencies& with) {
    return {
        {.path = "/api/v1/accounts/{id}/statement",
         .operation_id = "getStatement",
         .summary = "Read an account's statement",
         .description =
             "Opening balance, every entry that moved it with the balance after it, closing balance, for any range of "
             "time by the time of record. As JSON it comes page by page. As CSV, NDJSON or a page to print (`Accept: "
             "text/csv`, `application/x-ndjson`, `text/html`) it comes whole, however long it is, and counts as "
             "expensive; a failure on the way ends the connection before the last chunk, and a statement that has its "
             "closing balance is complete.",
         .tag = "Accounts",
         .access = server::permission::ledger_read,
         .rate_of_other_forms = http::rate_class::expensive,
         .query = schema::query_of<statement_query>(),
         .answer = http::answer_size::large,
         .answers =
             {schema::page_of<account_statement>("The statement."),
              schema::plain_answer(
                  200, "text/csv",
                  "RFC 4180 with a header: a row of type `opening`, one of type `line` for each entry, one of type "
                  "`closing`. Amounts are in the smallest unit of the currency. What a spreadsheet would take for a "
                  "formula, at the start of a text or after a separator within it, has an apostrophe in front.",
                  csv_example),
              schema::plain_answer(
                  200, "application/x-ndjson",
                  "A JSON object a line: the first of type `opening`, then each entry as a StatementLine of type "
                  "`line`, the last of type `closing` with the totals.",
                  ndjson_example),
              schema::plain_answer(200, "text/html", "A page to read or to print. Amounts are decimal, times UTC."),
              schema::failure(errc::gone, "The entries of that time have been archived.")},
         .handler = answered_by<&get>(with)},
    };
}

} // namespace bursar::handlers::statements
