// The rows permission_denied of the audit log. The first denial of a caller on a route is recorded at once, with where
// it came from, while the answer goes out; how many came after it, a minute later. Where a row cannot be written within
// a second, a log line says so and it is tried again later. Belongs to the loop's thread.
#pragma once

#include "db/client.hpp"
#include "db/repositories/operations/audit_log.hpp"
#include "middleware/denial_counter.hpp"
#include "server/http/context.hpp"
#include "server/task_group.hpp"

namespace bursar::middleware {

class denial_log {
public:
    // Both must outlive it, and finish() must have completed before it is destroyed while the loop still runs.
    denial_log(server::asio::io_context& loop, db::client& database)
        : database_(database)
        , writing_(loop) {}

    // Counts a request that its caller was not permitted to make, and begins to write a row when it is time for one.
    void add(const server::http::request_context& context);

    // Tells of what was counted and not followed by another denial. False: there is no more to do at once.
    server::awaitable<bool> write() { return write(due::after_their_minute); }
    // The same without waiting for its minute to end: the process does.
    server::awaitable<bool> finish();

private:
    server::awaitable<bool> write(due which);
    server::awaitable<>
    append(denied_call call, std::uint64_t count, db::repositories::audit_record record, server::deadline until);

    db::client& database_;
    denial_counter counter_;
    server::task_group writing_;
};

} // namespace bursar::middleware
