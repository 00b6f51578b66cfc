#include "handlers/identity/sessions/failed_sign_ins.hpp"

#include "db/repositories/operations/audit_log.hpp"
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

// Where the latest came from stands.
void failed_sign_ins::take_back(const server::uuid& user, const attempts& made) {
    if (noted_.size() < limit || noted_.contains(user))
        noted_.try_emplace(user, attempts{0, made.last}).first->second.count += made.count;
}

awaitable<bool> failed_sign_ins::write() {
    const auto until = steady_clock::now() + std::chrono::seconds{10};
    const auto noted = std::exchange(noted_, {});
    std::size_t untold = 0;
    std::string why;
    for (const auto& [user, made] : noted) {
        const auto written = co_await write(user, made, until);
        if (written)
            continue;
        take_back(user, made);
        ++untold;
        why = written.error().detail;
    }
    if (untold > 0)
        server::log_warning("failed_sign_ins_not_recorded").with("users", untold).with("error", why);
    co_return false;
}

// All of a user's organizations or none: what is tried again counts nothing twice.
awaitable<result<>> failed_sign_ins::write(server::uuid user, const attempts& made, server::deadline until) {
    const auto found = co_await users_.find_memberships(database_, user, until);
    if (!found)
        co_return found.error();
    auto transaction = co_await database_.begin(until);
    if (!transaction)
        co_return transaction.error();
    for (const auto& each : *found) {
        const audit_record record{
            .org = each.org,
            .origin = made.last,
            .action = "sign_in_failed",
            .resource_type = "users",
            .resource_id = user.to_string(),
            .outcome = audit_outcome::failed,
            .details = R"({"count":)" + std::to_string(made.count) + "}"};
        enqueue(*transaction, record);
    }
    co_return co_await transaction->commit(until);
}

} // namespace bursar::handlers::sessions
