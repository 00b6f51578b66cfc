// Who asks, and from where: what an audit row says of a request. Knows no HTTP, so that every folder can hand it on.
#pragma once

#include "server/uuid.hpp"

#include <boost/describe/enum.hpp>

#include <optional>
#include <string>

namespace bursar::server {

// api_key and user: with a credential of that kind, or, without an id, one who wanted to get one. system: bursar
// itself.
enum class audit_actor : std::uint8_t { api_key, user, system };
BOOST_DESCRIBE_ENUM(audit_actor, api_key, user, system)

struct request_origin {
    audit_actor kind = audit_actor::system;
    std::optional<uuid> actor; // of the API key or the user
    std::optional<std::string> request_id;
    std::optional<std::string> trace_id;
    std::optional<std::string> client_address; // without the zone of an IPv6 address
    std::optional<std::string> user_agent;     // at most 200 visible ASCII characters and spaces
};

} // namespace bursar::server
