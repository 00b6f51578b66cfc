#include "middleware/chain.hpp"

namespace bursar::middleware {

http::chain make_chain(
    const chain_options& options, db::client& client, server::thread_pool& pool, server::http_metrics& metrics,
    server::rate_limits::limiter& limits) {
    std::vector<step> steps;
    const auto add = [&](step s) { steps.push_back(std::move(s)); };

    // A request passes from here downwards, its answer back upwards.
    add(request_identity(options.trusted_proxies));
    add(access_log(metrics));
    add(load_shedding(metrics, options.in_flight_limit));
    if (!options.cors_origins.empty())
        add(cors(options.cors_origins));
    add(security_headers());
    add(compression(pool));
    add(address_rate_limit(limits)); // before anything is asked of PostgreSQL
    add(authentication(client));
    if (options.tenant_headroom > 0)
        add(tenant_fairness(metrics, options.tenant_headroom, options.in_flight_limit));
    add(principal_rate_limits(limits));
    add(authorization());
    add(negotiation());
    add(conditional());
    add(validation());
    add(request_key());
    add(idempotency(client)); // innermost: its transaction is the handler's

    return http::chain{std::move(steps)};
}

} // namespace bursar::middleware
