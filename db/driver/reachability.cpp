#include "db/driver/reachability.hpp"

#include "server/telemetry/log.hpp"

namespace bursar::db {

namespace {

using namespace std::chrono_literals;

constexpr auto pause = 60s; // between two lines that say the same

} // namespace

void reachability::failed(const connect_failure& why, bool again) {
    failing_ += again ? 0 : 1;
    trouble_ = why.text();
    const auto now = server::steady_clock::now();
    auto& last = logged_[trouble_];
    if (last != server::steady_clock::time_point{} && last + pause > now)
        return;
    last = now;
    server::log_error("database_connection_failed")
        .with("of", of_)
        .with("reason", why.reason)
        .with("sqlstate", why.sqlstate)
        .with("connections", std::uint64_t{failing_});
}

void reachability::succeeded() {
    if (--failing_ > 0)
        return;
    trouble_.clear();
    logged_.clear();
    server::log_info("database_connected").with("of", of_);
}

} // namespace bursar::db
