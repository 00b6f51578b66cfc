// What a repeated request is recognized by, for a route that keeps its answers itself instead of having them kept by
// the idempotency step. Left in the context's extensions by the step that reads Idempotency-Key.
#pragma once

#include "server/uuid.hpp"

#include <functional>

namespace bursar::server::http {

// Both made of SHA-256 (RFC 9562, version 8).
struct request_key {
    uuid key;         // of the route and the Idempotency-Key; to be kept within the organization
    uuid fingerprint; // of method, path and what was read of the body
    // What earlier versions kept as its fingerprint: of method, target and the bytes of the body. Asked for where
    // another one is stored; valid as long as the request is being answered.
    std::function<uuid()> fingerprint_of_bytes{};

    // Whether that is the fingerprint of this very request.
    bool has(const uuid& stored) const {
        return stored == fingerprint || (fingerprint_of_bytes && fingerprint_of_bytes() == stored);
    }
};

} // namespace bursar::server::http
