#include "handlers/support/customers/customer_handlers.hpp"

#include "db/repositories/operations/audit_log.hpp"
#include "handlers/support/customers/data_export.hpp"
#include "handlers/support/customers/types.hpp"
#include "server/http/answer.hpp"
#include "server/http/origin.hpp"

namespace bursar::handlers::customers {

namespace http = server::http;
using db::repositories::audit_record;
using server::errc;
using server::error;

awaitable<response> export_data(request_context& context, const dependencies& with, uuid id) {
    auto seat = with.seats.take(context.caller->org);
    if (!seat)
        co_return http::problem(context, error{errc::overloaded, "exports of the organization are under way"});
    // Not from a replica, which may not have heard of an erasure.
    auto customer = co_await with.service.export_data(with.database, *context.caller, id, context.expires);
    if (!customer)
        co_return http::problem(context, customer.error());
    const audit_record record{
        .org = context.caller->org,
        .origin = http::origin_of(context),
        .action = std::string{context.route->operation_id},
        .resource_type = "customers",
        .resource_id = id.to_string()};
    const auto recorded = co_await append(with.database, record, context.expires);
    if (!recorded)
        co_return http::problem(context, recorded.error());

    response answer;
    answer.headers.add("Content-Type", "application/json");
    answer.headers.add("Content-Disposition", "attachment; filename=\"customer-" + id.to_string() + ".json\"");
    answer.stream = stream_of(std::make_shared<export_job>(export_job{
        with, context.caller->org, id, std::string{context.request_id}, server::now(), std::move(*customer),
        std::move(*seat)}));
    co_return answer;
}

} // namespace bursar::handlers::customers
