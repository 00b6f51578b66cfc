#include "server/rate_limits/redis_address.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>

namespace bursar::server::rate_limits {

namespace {

// "/3", "/" or nothing.
bool read_database(std::string_view path, std::uint32_t& out) noexcept {
    if (path.size() < 2)
        return true;
    const auto* const end = path.data() + path.size();
    const auto [stopped, failed] = std::from_chars(path.data() + 1, end, out);
    return failed == std::errc{} && stopped == end;
}

} // namespace

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
    const auto path = parsed->encoded_path();
    if (out.host.empty() || out.port == 0 || !read_database({path.data(), path.size()}, out.database))
        return std::nullopt;
    return out;
}

} // namespace bursar::server::rate_limits
