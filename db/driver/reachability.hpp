// What keeps the process from its database, for people: the first failure to connect is logged at once, each reason
// again every minute while it lasts, and that it is over. Belongs to the loop's thread.
#pragma once

#include "db/driver/connect_failure.hpp"
#include "server/asio.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace bursar::db {

class reachability {
public:
    // `of`: "primary", or what else is connected to.
    explicit reachability(const char* of) noexcept
        : of_(of) {}

    // An attempt failed; `again`: the one before it had, too.
    void failed(const connect_failure& why, bool again);
    // A connection that had failed stands.
    void succeeded();
    // Or is given up.
    void forgotten() noexcept { --failing_; }

    // The last reason; empty while no connection is without success.
    const std::string& trouble() const noexcept { return trouble_; }

private:
    const char* of_;
    std::size_t failing_ = 0; // connections
    std::string trouble_;
    std::map<std::string, server::steady_clock::time_point> logged_; // when, of each reason
};

} // namespace bursar::db
