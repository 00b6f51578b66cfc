#include "middleware/chain.hpp"

namespace bursar::middleware {

http::chain make_chain(const chain_options& options, const chain_parts& parts) {
    std::vector<step> steps;
    const auto add = [&](step s) { steps.push_back(std::move(s)); };

    // A request passes from here downwards, its answer back upwards.
    add(request_identity(options.proxies));
    add(access_log(parts.metrics));
    add(load_shedding(parts.metrics, options.in_flight_limit));
    if (!options.cors_origins.empty())
        add(cors(options.cors_origins, options.cors_credentials));
    add(security_headers());
    add(address_rate_limit(parts.limits)); // before anything is asked of PostgreSQL
    add(authentication(parts.database, parts.proofs));
    if (options.tenant_headroom > 0)
        add(tenant_fairness(parts.metrics, options.tenant_headroom, options.in_flight_limit));
    add(principal_rate_limits(parts.limits));
    add(denials(parts.denials));
    add(authorization());
    add(negotiation());
    add(conditional());
    add(compression(parts.pool)); // a condition is of the bytes that are sent
    add(request_memory(parts.metrics, options.request_memory, options.request_memory_tenant));
    add(validation(parts.pool));
    add(request_key(parts.pool));
    add(idempotency(parts.database, parts.pool)); // its transaction is the handler's
    add(audit(parts.database)); // innermost: what was done is in that transaction, or in one of its own

    return http::chain{std::move(steps)};
}

} // namespace bursar::middleware
