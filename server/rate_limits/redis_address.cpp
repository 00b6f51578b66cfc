#include "server/rate_limits/redis_address.hpp"

#include "server/whole_number.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace bursar::server::rate_limits {

std::optional<redis_address> parse_redis_url(std::string_view url) {
    const auto parsed = boost::urls::parse_absolute_uri({url.data(), url.size()});
    if (!parsed || parsed->scheme() != "redis" || parsed->has_query() || parsed->encoded_host().empty())
        return std::nullopt;
    redis_address out;
    out.host = parsed->host_address();
    out.user = parsed->user();
    out.password = parsed->password();
    if (parsed->has_userinfo() && out.password.empty())
        return std::nullopt;
    if (parsed->has_port())
        out.port = parsed->port_number(); // 0: none, or one that is too large
    if (out.host.empty() || out.port == 0)
        return std::nullopt;
    const auto path = parsed->encoded_path(); // "/3", "/" or nothing
    if (path.size() < 2)
        return out;
    const auto database = parse_whole_number<std::uint32_t>({path.data() + 1, path.size() - 1});
    if (!database)
        return std::nullopt;
    out.database = *database;
    return out;
}

} // namespace bursar::server::rate_limits
