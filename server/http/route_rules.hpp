// What follows from a route's declaration, where the router and the chain must agree on it.
#pragma once

#include "server/http/route.hpp"

namespace bursar::server::http {

// The audit step writes the row of a success, in the request's transaction.
inline bool is_audited(const route& r) noexcept {
    const bool changes = r.idempotent == idempotency::required || r.method == verb::patch || r.method == verb::put ||
                         r.method == verb::delete_;
    return changes && r.idempotent != idempotency::by_handler && r.audited == audited::by_step &&
           !std::holds_alternative<anyone>(*r.access);
}

// The chain has begun a transaction when the handler is called: the idempotency step, or else the audit step.
inline bool has_transaction(const route& r) noexcept {
    return r.idempotent == idempotency::required || is_audited(r);
}

} // namespace bursar::server::http
