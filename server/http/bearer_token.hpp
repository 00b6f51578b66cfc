// The credential of a request (RFC 6750 section 2.1).
#pragma once

#include "server/http/headers.hpp"

#include <algorithm>
#include <string_view>

namespace bursar::server::http {

// The token of "Bearer <token>", or empty.
inline std::string_view bearer_token(std::string_view authorization) noexcept {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() <= scheme.size() || !iequals(authorization.substr(0, scheme.size()), scheme))
        return {};
    authorization.remove_prefix(scheme.size());
    return authorization.substr(std::min(authorization.find_first_not_of(' '), authorization.size()));
}

} // namespace bursar::server::http
