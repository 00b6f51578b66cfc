// Which PostgreSQL a process writes to. All its connections agree on the system identifier, which the first of them
// shows, and on the highest timeline that a primary has shown since: a promotion begins a new one, and whoever is left
// on a lower one is a primary that was replaced and does not know it. Neither goes back while the process lives.
// Costs one query a connection. Belongs to the loop's thread; outlives the connections.
#pragma once

#include "db/driver/reachability.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <functional>
#include <set>
#include <string>

namespace bursar::db {

// What one server shows of itself.
struct server_identity {
    std::int64_t system = 0;
    // Of a primary the one that it writes. 0: a standby, whose own lags behind by its nature and orders no writes.
    std::int64_t timeline = 0;
};

class cluster {
public:
    // `changed` is called when something new is known: connections to other servers are to be dropped.
    cluster(prometheus::Registry& registry, std::function<void()> changed);

    // Select-list items: two bigints for server_identity, and a text that tells its sessions apart. Right at once after
    // a promotion, when pg_control_checkpoint() still gives the old timeline.
    static const char* identity_columns() noexcept;

    // Of a server that the process writes to. What is of another cluster teaches nothing.
    void learn(const server_identity& shown);
    bool accepts(const server_identity& shown) const noexcept {
        return (system_ == 0 || shown.system == system_) && (shown.timeline == 0 || shown.timeline >= timeline_);
    }
    // Why there is nothing to be said to this server, or null.
    const char* objection(const server_identity& shown) const noexcept;
    // A server was refused for this, now: counted, and logged once for each server in a row.
    void refuse(const char* why, const std::string& host, const std::string& port);
    // What the last server that was to be written to was refused for; null: it was accepted.
    void judged(const char* why) noexcept { refused_for_ = why == nullptr ? "" : why; }

    // A connection has this session to itself, until release(). False: another one of ours has it, so that a pooler
    // stands between which lends sessions out by the transaction. `name` tells sessions of all servers apart.
    bool occupy(const std::string& name) { return sessions_.insert(name).second; }
    void release(const std::string& name) noexcept { sessions_.erase(name); }

    // Why connections fail: to the servers that are written to, and to those that only reports are read from.
    reachability& reach(bool leads) noexcept { return leads ? primary_ : reports_; }
    const reachability& reach(bool leads) const noexcept { return leads ? primary_ : reports_; }

    // What is remembered of one timeline may not be so in the next. 0 before the first connection.
    std::int64_t timeline() const noexcept { return timeline_; }
    // Empty when the last server was accepted.
    const char* refused_for() const noexcept { return refused_for_; }

private:
    std::function<void()> changed_;
    prometheus::Gauge& timeline_gauge_;
    prometheus::Family<prometheus::Counter>& refusals_;
    prometheus::Counter& other_system_;
    prometheus::Counter& lower_timeline_;
    std::int64_t system_ = 0; // 0: none seen yet
    std::int64_t timeline_ = 0;
    const char* refused_for_ = "";
    std::string last_logged_;
    std::set<std::string> sessions_;
    reachability primary_{"primary"};
    reachability reports_{"reports"};
};

} // namespace bursar::db
