#include "handlers/ledger/transfers/member_failures.hpp"

#include "server/telemetry/log.hpp"

#include <prometheus/registry.h>

#include <map>

namespace bursar::handlers::transfers {

using server::errc;

// A conflict that the rules do not know is one of the database.
bool is_failure(const transfer_result& member) {
    if (member.what)
        return false;
    const auto code = member.what.error().code;
    return server::describe(code).status >= 500 || code == errc::conflict;
}

member_failures::member_failures(prometheus::Registry& registry)
    : failed_(prometheus::BuildCounter()
                  .Name("bursar_ledger_member_failures_total")
                  .Help("Members of batches of transfers that failed without being decided, by code.")
                  .Register(registry)) {}

void member_failures::note(const keyed_request& who, const std::vector<transfer_result>& members) const {
    struct seen {
        std::uint64_t count = 0;
        std::string detail; // of the first
    };
    std::map<errc, seen> all;
    for (const auto& member : members)
        if (is_failure(member)) {
            auto& one = all[member.what.error().code];
            if (one.count++ == 0)
                one.detail = member.what.error().detail;
        }
    for (const auto& [code, one] : all) {
        const std::string name{server::describe(code).name};
        failed_.Add({{"code", name}}).Increment(static_cast<double>(one.count));
        server::log_warning("transfer_batch_members_failed")
            .with("request_id", who.request_id)
            .with("org", who.caller.org)
            .with("code", name)
            .with("members", one.count)
            .with("error", one.detail);
    }
}

} // namespace bursar::handlers::transfers
