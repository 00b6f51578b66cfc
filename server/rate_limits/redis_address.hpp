// Where a Redis is: redis://[[user]:password@]host[:port][/database]
// (https://www.iana.org/assignments/uri-schemes/prov/redis).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::server::rate_limits {

struct redis_address {
    std::string host; // a name, or an address without brackets
    std::uint16_t port = 6379;
    std::string user;     // empty: the default user
    std::string password; // empty: none
    std::uint32_t database = 0;
};

// nullopt for anything else. User and password may be percent-encoded.
std::optional<redis_address> parse_redis_url(std::string_view url);

} // namespace bursar::server::rate_limits
