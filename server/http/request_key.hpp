// What tells a repeated request, for a route that keeps its answers itself instead of having them kept by the
// idempotency step. Left in the context's extensions by the step that reads Idempotency-Key.
#pragma once

#include "server/uuid.hpp"

namespace bursar::server::http {

// Both made of SHA-256 (RFC 9562, version 8).
struct request_key {
    uuid key;         // of the route and the Idempotency-Key; to be kept within the organization
    uuid fingerprint; // of method, target and body
};

} // namespace bursar::server::http
