#include "handlers/operations/audit_log/routes.hpp"

#include "handlers/operations/audit_log/audit_log_handlers.hpp"
#include "handlers/operations/audit_log/types.hpp"
#include "server/schema/routes.hpp"

namespace bursar::handlers::audit_log {

namespace http = server::http;
namespace schema = server::schema;
using db::repositories::audit_entry;
using http::request_context;

std::vector<http::route> routes(const dependencies& with) {
    return {
        {.path = "/api/v1/audit-log",
         .operation_id = "listAuditLog",
         .summary = "List who did what, newest first",
         .description =
             "One row for each request that changed something and for each event of security, written with the change "
             "and never altered. Transfers are not listed here: they are records of their own, which nobody changes.",
         .tag = "Audit log",
         .access = server::permission::audit_read,
         .query = schema::query_of<list_query>(),
         .answer = http::answer_size::large,
         .answers = {schema::list_of<audit_entry>("A page of the audit log.")},
         .handler = [&with](request_context& c) { return list(c, with); }},
    };
}

} // namespace bursar::handlers::audit_log
