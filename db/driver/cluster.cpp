#include "db/driver/cluster.hpp"

#include "server/telemetry/log.hpp"

namespace bursar::db {

namespace {

constexpr const char* other_system = "the server belongs to another database cluster; restart bursar if that is meant";
constexpr const char* lower_timeline = "the server is a primary that another one was promoted over";

} // namespace

cluster::cluster(prometheus::Registry& registry, std::function<void()> changed)
    : changed_(std::move(changed))
    , timeline_gauge_(prometheus::BuildGauge()
                          .Name("db_client_timeline")
                          .Help("The highest timeline that a primary has shown.")
                          .Register(registry)
                          .Add({}))
    , refusals_(prometheus::BuildCounter()
                    .Name("db_client_servers_refused_total")
                    .Help("Connections closed at once because of the server at their other end.")
                    .Register(registry))
    , other_system_(refusals_.Add({{"reason", "system"}}))
    , lower_timeline_(refusals_.Add({{"reason", "timeline"}})) {}

const char* cluster::identity_columns() noexcept {
    return "system_identifier, case when pg_is_in_recovery() then 0 else"
           " ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int8 end,"
           " pg_backend_pid() || ' since ' || extract(epoch from pg_postmaster_start_time())";
}

void cluster::learn(const server_identity& shown) {
    if (system_ == 0)
        system_ = shown.system;
    if (shown.system != system_ || shown.timeline <= timeline_)
        return;
    const bool first = std::exchange(timeline_, shown.timeline) == 0;
    timeline_gauge_.Set(static_cast<double>(timeline_));
    if (!first)
        server::log_warning("database_promoted").with("timeline", timeline_);
    changed_();
}

const char* cluster::objection(const server_identity& shown) const noexcept {
    if (accepts(shown))
        return nullptr;
    return shown.system == system_ ? lower_timeline : other_system;
}

void cluster::refuse(const char* why, const std::string& host, const std::string& port) {
    (why == other_system ? other_system_ : lower_timeline_).Increment();
    auto line = host + ' ' + port + ' ' + why;
    if (line == last_logged_)
        return;
    last_logged_ = std::move(line);
    server::log_error("database_server_refused").with("error", why).with("host", host).with("port", port);
}

} // namespace bursar::db
