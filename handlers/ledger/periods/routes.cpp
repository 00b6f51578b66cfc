#include "handlers/ledger/periods/routes.hpp"

#include "handlers/ledger/periods/types.hpp"
#include "handlers/shared/routes.hpp"

namespace bursar::handlers::periods {

namespace {

constexpr http::path_parameter_spec month{"month", &http::path_value<year_month>::form};

} // namespace

std::vector<http::route> routes(const dependencies& with) {
    return {
        {.method = verb::get,
         .path = "/api/v1/periods",
         .operation_id = "listPeriods",
         .summary = "List periods, newest first",
         .description = "The months that have entries, by effective time, and those that were closed without any.",
         .tag = "Periods",
         .access = ledger_read,
         .query = schema::query_of<page_query>(),
         .answer = http::answer_size::large,
         .answers = {schema::list_of<period>("A page of periods.")},
         .handler = lists<page_query, &service::list>(with)},

        {.method = verb::get,
         .path = "/api/v1/periods/{month}",
         .parameters = {month},
         .operation_id = "getPeriod",
         .summary = "Read a period",
         .tag = "Periods",
         .access = ledger_read,
         .answers =
             {schema::tagged_answer_of<period>(200, "The period."),
              schema::failure(errc::not_found, "The month has no entries and was not closed.")},
         .handler = calls<&service::get>(with)},

        {.method = verb::post,
         .path = "/api/v1/periods/{month}/close",
         .parameters = {month},
         .operation_id = "closePeriod",
         .summary = "Close a month for good",
         .description =
             "Once a month is closed, no transfer takes effect in it: one that would is refused with PERIOD_CLOSED. A "
             "month can be closed when it is over (UTC) and every earlier month that has entries is closed; earlier "
             "months without entries are closed with it. Closing a closed month changes nothing. There is no way back.",
         .tag = "Periods",
         .access = ledger_close,
         .idempotent = http::idempotency::required,
         .answers =
             {schema::tagged_answer_of<period>(200, "The period, closed."),
              schema::failure(errc::not_found, "That is no month."),
              schema::failure(errc::invalid_state, "The month is not over, or an earlier one is open.")},
         .handler = calls<&service::close>(with)},
    };
}

} // namespace bursar::handlers::periods
