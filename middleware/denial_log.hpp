// The rows permission_denied of the audit log. The first denial of a caller on a route is told at once, with where it
// came from; how many came after it, a minute later. Where a row cannot be written within a second, a log line tells so
// and it is tried again later. Belongs to the loop's thread.
#pragma once

#include "db/client.hpp"
#include "db/repositories/audit_log.hpp"
#include "middleware/denial_counter.hpp"
#include "server/http/context.hpp"

namespace bursar::middleware {

class denial_log {
public:
    // The client must outlive it.
    explicit denial_log(db::client& database)
        : database_(database) {}

    // Counts a request that its caller may not make. How many tell() has to tell of now; 0: none yet.
    std::uint64_t add(const server::http::request_context& context) {
        return counter_.add(call_of(context), server::steady_clock::now());
    }
    server::awaitable<> tell(const server::http::request_context& context, std::uint64_t count);

    // Tells of what was counted and not followed by another denial. False: there is no more to do at once.
    server::awaitable<bool> write() { return write(due::after_their_minute); }
    // The same without waiting for its minute to end: the process does.
    server::awaitable<bool> finish() { return write(due::at_once); }

private:
    static denied_call call_of(const server::http::request_context& context);
    server::awaitable<bool> write(due which);
    server::awaitable<>
    append(denied_call call, std::uint64_t count, db::repositories::audit_record record, server::deadline until);

    db::client& database_;
    denial_counter counter_;
};

} // namespace bursar::middleware
