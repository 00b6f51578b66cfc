#include "handlers/ledger/trial_balance/routes.hpp"

#include "handlers/ledger/trial_balance/trial_balance_handlers.hpp"
#include "handlers/ledger/trial_balance/types.hpp"
#include "handlers/shared/routes.hpp"

namespace bursar::handlers::trial_balance {

std::vector<http::route> routes(const dependencies& with) {
    return {
        {.path = "/api/v1/trial-balance",
         .operation_id = "getTrialBalance",
         .summary = "Read the trial balance, of now or of any time before",
         .description =
             "The sums by currency and type of account, and the accounts page by page. In each currency the debit "
             "balances and the credit balances are equal, at any time. Pages that follow the first are of the same "
             "time, which is final: nothing will be recorded before it any more.",
         .tag = "Accounts",
         .access = server::permission::ledger_read,
         .rate = http::rate_class::expensive,
         .query = schema::query_of<trial_balance_query>(),
         .answer = http::answer_size::large,
         .answers =
             {schema::page_of<trial_balance>("The trial balance."),
              schema::failure(errc::gone, "The entries of that time have been archived.")},
         .handler = answered_by<&get>(with)},
    };
}

} // namespace bursar::handlers::trial_balance
