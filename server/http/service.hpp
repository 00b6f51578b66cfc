// What stands between the HTTP connections and the rest of bursar: the application that answers, and the bounds that
// every connection keeps.
#pragma once

#include "server/http/context.hpp"
#include "server/http/cors_fields.hpp"
#include "server/http/gate.hpp"

#include <chrono>
#include <cstddef>

namespace bursar::server::http {

class application {
public:
    // Answers one request; the router and its chain stand behind it. Sessions call it on the loop's thread, one request
    // of a connection at a time. An exception that escapes becomes 500 and ends the connection.
    virtual awaitable<response> respond(request_context& context) = 0;

    // A connection answered by itself: a malformed head, a time-out, a connection too many. For logs and metrics.
    virtual void refused(const error& reason, std::string_view request_id, const asio::ip::address& peer) noexcept = 0;

protected:
    ~application() = default;
};

struct connection_options {
    gate_limits limits;
    cors_policy cors; // of what a connection answers by itself; the chain sees to the rest
    std::chrono::milliseconds request_timeout{10'000};   // context.expires, counted anew when a body has arrived
    std::chrono::milliseconds handshake_timeout{10'000}; // TLS
    std::chrono::milliseconds header_timeout{10'000};    // from the first byte of a head (or accept) to its end
    std::chrono::milliseconds body_timeout{20'000};      // longest for a body, and more by its rate
    std::size_t body_rate = 4U << 10U;                   // bytes a second that a slow body must reach after that
    // In each such time that a connection waits for its client to take an answer, the client takes all that is left or
    // so much that it makes write_rate. So one that stops reading is cut after write_timeout, however long the answer.
    std::chrono::milliseconds write_timeout{20'000};
    std::size_t write_rate = 4U << 10U; // bytes a second
    // Bytes of answers that all clients of a listener together leave waiting; beyond, who has waited longest is cut.
    std::size_t unread_bytes = std::size_t{192} << 20U;
    // Bytes of heads that are larger than the usual buffer, of all clients together; beyond, a head is refused.
    std::size_t large_heads = std::size_t{32} << 20U;
    std::chrono::milliseconds idle_timeout{75'000}; // between requests; longer than a balancer's
    std::chrono::milliseconds linger_timeout{
        5'000}; // how long a closing connection still reads, so that its answer arrives
    std::chrono::milliseconds settled_linger{1'000}; // the same when nothing more is expected
    std::size_t linger_bytes = 64U << 20U;
    std::size_t drain_bytes = 64U << 10U; // an unread body up to this is read and dropped, and the connection kept
    std::chrono::milliseconds drain_idle{1'000}; // when draining: how long an idle connection may still begin a request
    std::chrono::milliseconds sweep_interval{250}; // how exact the above are
    std::size_t max_connections = 20'000;          // beyond: 503 and close
};

} // namespace bursar::server::http
