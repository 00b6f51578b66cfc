#include "handlers/sessions/failed_sign_ins.hpp"

#include "db/repositories/audit_log.hpp"
#include "server/telemetry/log.hpp"

namespace bursar::handlers::sessions {

using db::repositories::audit_outcome;
using db::repositories::audit_record;
using server::awaitable;
using server::result;
using server::steady_clock;

void failed_sign_ins::note(const server::uuid& user, const server::request_origin& from) {
    auto& made = noted_[user];
    ++made.count;
    made.last = from;
}

awaitable<bool> failed_sign_ins::write() {
    const auto noted = std::exchange(noted_, {});
    for (const auto& [user, made] : noted) {
        const auto written = co_await write(user, made);
        if (!written)
            server::log_warning("failed_sign_ins_not_recorded")
                .with("user", user.to_string())
                .with("count", made.count)
                .with("error", written.error().detail);
    }
    co_return false;
}

awaitable<result<>> failed_sign_ins::write(server::uuid user, const attempts& made) {
    const auto until = steady_clock::now() + std::chrono::seconds{10};
    const auto found = co_await users_.find_memberships(database_, user, until);
    if (!found)
        co_return found.error();
    for (const auto& each : *found) {
        const audit_record record{
            .org = each.org,
            .origin = made.last,
            .action = "sign_in_failed",
            .resource_type = "users",
            .resource_id = user.to_string(),
            .outcome = audit_outcome::failed,
            .details = R"({"count":)" + std::to_string(made.count) + "}"};
        const auto written = co_await append(database_, record, until);
        if (!written)
            co_return written.error();
    }
    co_return result<>{};
}

} // namespace bursar::handlers::sessions
