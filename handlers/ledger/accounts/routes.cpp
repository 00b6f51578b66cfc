#include "handlers/ledger/accounts/routes.hpp"

#include "handlers/ledger/accounts/account_handlers.hpp"
#include "handlers/ledger/accounts/types.hpp"
#include "handlers/shared/routes.hpp"

namespace bursar::handlers::accounts {

namespace {

std::vector<http::route> account_routes(const dependencies& with) {
    return {
        {.method = verb::post,
         .path = "/api/v1/accounts",
         .operation_id = "createAccount",
         .summary = "Open an account",
         .description = "It begins at zero. Currency, type, limits and customer stay as they are set here.",
         .tag = "Accounts",
         .access = ledger_write,
         .idempotent = http::idempotency::required,
         .body = schema::body_of<new_account>(),
         .answers =
             {schema::tagged_answer_of<account>(201, "The account, durable."),
              schema::failure(errc::not_found, "There is no such customer."),
              schema::failure(errc::conflict, "Another account has this code.")},
         .handler = calls<&service::create>(with)},

        {.method = verb::get,
         .path = "/api/v1/accounts",
         .operation_id = "listAccounts",
         .summary = "List accounts, newest first",
         .tag = "Accounts",
         .access = ledger_read,
         .query = schema::query_of<list_query>(),
         .answer = http::answer_size::large,
         .answers = {schema::list_of<account>("A page of accounts.")},
         .handler = lists<list_query, &service::list>(with)},

        {.method = verb::get,
         .path = "/api/v1/accounts/{id}",
         .operation_id = "getAccount",
         .summary = "Read an account",
         .description = "Without what stands on it: transfers change the balance and not the account.",
         .tag = "Accounts",
         .access = ledger_read,
         .answers = {schema::tagged_answer_of<account>(200, "The account.")},
         .handler = calls<&service::get>(with)},

        {.method = verb::patch,
         .path = "/api/v1/accounts/{id}",
         .operation_id = "patchAccount",
         .summary = "Change an account's name or metadata",
         .description = "A patch that changes nothing answers 200 with the version as it was.",
         .tag = "Accounts",
         .access = ledger_write,
         .condition = http::precondition::if_match,
         .body = schema::body_of<account_changes>(),
         .answers = {schema::tagged_answer_of<account>(200, "The account as it is now.")},
         .handler = calls<&service::patch>(with)},
    };
}

std::vector<http::route> status_routes(const dependencies& with) {
    return {
        {.method = verb::post,
         .path = "/api/v1/accounts/{id}/freeze",
         .operation_id = "freezeAccount",
         .summary = "Freeze an open account",
         .description = "No transfer touches it until it is unfrozen. What is pending on it stays pending.",
         .tag = "Accounts",
         .access = ledger_write,
         .idempotent = http::idempotency::required,
         .answers =
             {schema::tagged_answer_of<account>(200, "The account, frozen."),
              schema::failure(errc::invalid_state, "The account is frozen already, or closed.")},
         .handler = calls<&service::freeze>(with)},

        {.method = verb::post,
         .path = "/api/v1/accounts/{id}/unfreeze",
         .operation_id = "unfreezeAccount",
         .summary = "Open a frozen account again",
         .tag = "Accounts",
         .access = ledger_write,
         .idempotent = http::idempotency::required,
         .answers =
             {schema::tagged_answer_of<account>(200, "The account, open."),
              schema::failure(errc::invalid_state, "The account is not frozen.")},
         .handler = calls<&service::unfreeze>(with)},

        {.method = verb::post,
         .path = "/api/v1/accounts/{id}/close",
         .operation_id = "closeAccount",
         .summary = "Close an account",
         .description = "Only at a balance of zero with nothing pending, open or frozen. It stays readable, and keeps "
                        "its code. An account with a code such as fx:EUR cannot be closed, because conversions go "
                        "through it.",
         .tag = "Accounts",
         .access = ledger_write,
         .idempotent = http::idempotency::required,
         .answers =
             {schema::tagged_answer_of<account>(200, "The account, closed."),
              schema::failure(
                  errc::invalid_state,
                  "The account is closed, its balance is not zero, something is pending on it, or conversions go "
                  "through it.")},
         .handler = calls<&service::close>(with)},

        {.method = verb::post,
         .path = "/api/v1/accounts/{id}/reopen",
         .operation_id = "reopenAccount",
         .summary = "Open a closed account again",
         .tag = "Accounts",
         .access = ledger_write,
         .idempotent = http::idempotency::required,
         .answers =
             {schema::tagged_answer_of<account>(200, "The account, open."),
              schema::failure(errc::invalid_state, "The account is not closed, or its customer was deleted.")},
         .handler = calls<&service::reopen>(with)},
    };
}

std::vector<http::route> balance_routes(const dependencies& with) {
    constexpr std::string_view archived = "The entries of that time have been archived.";
    return {
        {.method = verb::get,
         .path = "/api/v1/accounts/{id}/balance",
         .operation_id = "getBalance",
         .summary = "Read an account's balance, of now or of any time before",
         .description = "All numbers, and what as_of says of them, come from one snapshot.",
         .tag = "Accounts",
         .access = ledger_read,
         .query = schema::query_of<balance_query>(),
         .answers = {schema::answer_of<balance>(200, "The balance."), schema::failure(errc::gone, archived)},
         .handler = answered_by<&get_balance>(with)},

        {.method = verb::post,
         .path = "/api/v1/accounts/balances",
         .operation_id = "readBalances",
         .summary = "Read the balances of up to 1,000 accounts",
         .description = "All from one snapshot: between accounts of which one pays the other, the sum is right. It "
                        "changes nothing, so it takes no Idempotency-Key.",
         .tag = "Accounts",
         .access = ledger_read,
         .body = schema::body_of<balances_request>(),
         .answer = http::answer_size::large,
         .answers =
             {schema::answer_of<std::vector<balance>>(200, "A balance for each id, in the order of the ids."),
              schema::failure(errc::not_found, "One of them is no account; `fields` names each that is not."),
              schema::failure(errc::gone, archived)},
         .handler = answered_by<&read_balances>(with)},
    };
}

} // namespace

std::vector<http::route> routes(const dependencies& with) {
    auto all = account_routes(with);
    for (auto& part : {status_routes(with), balance_routes(with)})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

} // namespace bursar::handlers::accounts
