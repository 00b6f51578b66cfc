// The order of the chain.
#pragma once

#include "middleware/steps.hpp"

namespace bursar::middleware {

struct chain_options {
    std::size_t in_flight_limit = 0;
    std::size_t tenant_headroom = 0; // 0: tenants are not told apart
    std::vector<std::string> cors_origins;
    std::vector<boost::asio::ip::address> trusted_proxies;
};

// Everything taken by reference must outlive the chain. Call before client.start(): a step listens for notifications.
http::chain make_chain(
    const chain_options& options, db::client& client, server::thread_pool& pool, server::http_metrics& metrics,
    server::rate_limits::limiter& limits);

} // namespace bursar::middleware
