#include "server/http/cors_fields.hpp"

#include <algorithm>

namespace bursar::server::http {

bool cors_policy::allows(std::string_view origin) const noexcept {
    return !origin.empty() && std::find(origins.begin(), origins.end(), origin) != origins.end();
}

void add_cors_fields(header_block& headers, const cors_policy& policy, std::string_view origin, bool exposed) {
    if (policy.origins.empty())
        return;
    headers.add("Vary", "Origin");
    if (!policy.allows(origin))
        return;
    headers.add("Access-Control-Allow-Origin", origin);
    if (policy.credentials)
        headers.add("Access-Control-Allow-Credentials", "true");
    if (exposed)
        headers.add(
            "Access-Control-Expose-Headers", "ETag, Location, Retry-After, RateLimit, RateLimit-Policy, "
                                             "X-Request-Id, Idempotent-Replayed, WWW-Authenticate");
}

} // namespace bursar::server::http
