// The order of the chain.
#pragma once

#include "middleware/steps.hpp"

namespace bursar::middleware {

struct chain_options {
    std::size_t in_flight_limit = 0;
    std::size_t tenant_headroom = 0;                     // 0: tenants are not told apart
    std::size_t request_memory = std::size_t{64} << 20U; // bytes of large bodies and answers
    std::size_t request_memory_tenant = std::size_t{32} << 20U;
    std::vector<std::string> cors_origins;
    bool cors_credentials = false;
    http::proxy_settings proxies;
};

// What the steps work with.
struct chain_parts {
    db::client& database;
    server::thread_pool& pool;
    http::request_metrics& metrics;
    middleware::credential_checks credentials;
    denial_log& denials;
    server::rate_limits::limiter& limits;
};

// The parts must outlive the chain. Call before database.start(): a step listens for notifications.
http::chain make_chain(const chain_options& options, const chain_parts& parts);

} // namespace bursar::middleware
