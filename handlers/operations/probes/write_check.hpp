// Whether the database takes writes, found out by writing: a commit that nobody needs, a few seconds apart. A database
// that reads well and is read-only, in recovery, out of disk, or without its synchronous standby shows here, also while
// no request writes. Belongs to the loop's thread; the client and the registry outlive it.
#pragma once

#include "db/client.hpp"

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <string_view>

namespace bursar::handlers::operations {

class write_check {
public:
    // step() is to be called this often; most calls do nothing.
    static constexpr std::chrono::milliseconds period{500};

    write_check(db::client& database, prometheus::Registry& registry);

    // Writes, if it is time. Takes as long as the write, so that no more than one waits for a standby that is missing.
    server::awaitable<bool> step();

    // Why writes are not to be sent here; empty when they are.
    std::string_view trouble() const noexcept;

private:
    server::awaitable<db::result<>> write(server::deadline until);

    db::client& database_;
    prometheus::Gauge& writable_;
    std::string_view found_ = "no write was tried yet"; // by the last one that ended
    server::steady_clock::time_point began_{};          // of the one that is with the database
    server::steady_clock::time_point succeeded_{};
    bool under_way_ = false;
};

} // namespace bursar::handlers::operations
