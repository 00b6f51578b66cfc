#include "middleware/chain.hpp"

namespace bursar::middleware {

http::chain make_chain(const chain_options& options, const chain_parts& parts) {
    std::vector<step> steps;
    const auto add = [&](step s) { steps.push_back(std::move(s)); };

    // A request passes from here downwards, its answer back upwards. A step stands above those whose refusals it has to
    // see, and below those whose findings it needs.

    // First: all that follows, log lines and refusals alike, names the request by its id and the client by its address.
    add(request_id(options.proxies));
    // Above every step that may refuse: one line a request, with the status and the time that the client saw.
    add(access_log(parts.metrics));
    // Before any work is done for the request. Below the log: what was shed is seen there.
    add(load_shedding(parts.metrics, options.in_flight_limit));
    // Above authentication: a preflight carries no credential, and a page must be able to read a refusal.
    if (!options.cors_origins.empty())
        add(cors(options.cors_origins, options.cors_credentials));
    // Above what refuses by rule, so that its answers carry the fields too.
    add(security_headers());
    // Before authentication: a credential is looked up in PostgreSQL, and guessing it must cost the guesser first.
    add(address_rate_limit(parts.limits));
    // Everything below asks who the caller is.
    add(authentication(parts.database, parts.credentials));
    // Needs the tenant. Above the limits: a flood of refusals waits its turn as well.
    if (options.tenant_headroom > 0)
        add(tenant_fairness(parts.metrics, options.tenant_headroom, options.in_flight_limit));
    // Needs the principal. Above authorization: refusals are charged too.
    add(principal_rate_limits(parts.limits));
    // Around authorization: sees its 403.
    add(denials(parts.denials));
    // Before anything is said about what the route takes, and before the body is read.
    add(authorization());
    // Before anything is done: afterwards a 406 would hide what was.
    add(negotiation());
    // If-Match is asked for before the body is read. Above compression: an entity tag is of the bytes that are sent.
    add(conditional());
    // Above idempotency: an answer is stored as the handler made it, and a replay may be sent in another coding.
    add(compression(parts.pool));
    // Room is taken before validation reads the first byte of a body.
    add(request_memory(parts.metrics, options.request_memory, options.request_memory_tenant));
    // Only a request that is valid may claim a key.
    add(validation(parts.pool));
    // The fingerprint is of what validation has read.
    add(request_key(parts.pool));
    // Opens the transaction that the handler works in: the claim, the change and the stored answer commit together.
    add(idempotency(parts.database, parts.pool));
    // Last: the row is written in that transaction or, where there is none, in one of its own around the handler.
    add(audit(parts.database));

    return http::chain{std::move(steps)};
}

} // namespace bursar::middleware
