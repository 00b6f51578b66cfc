#include "server/rate_limits/redis_address.hpp"

#include "server/http/percent_decode.hpp"

#include <charconv>

namespace bursar::server::rate_limits {

namespace {

template <class Number>
bool read_number(std::string_view text, Number& out) noexcept {
    const auto* const end = text.data() + text.size();
    const auto [stopped, failed] = std::from_chars(text.data(), end, out);
    return failed == std::errc{} && stopped == end;
}

bool read_credentials(std::string_view text, redis_address& out) {
    const auto colon = text.find(':');
    const auto user = http::percent_decode(text.substr(0, colon));
    const auto password =
        http::percent_decode(colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1));
    if (!user || !password || password->empty())
        return false;
    out.user = *user;
    out.password = *password;
    return true;
}

bool read_host(std::string_view text, redis_address& out) {
    auto end = text.find(':');
    if (text.starts_with('[')) {
        const auto closing = text.find(']');
        if (closing == std::string_view::npos)
            return false;
        out.host = text.substr(1, closing - 1);
        text.remove_prefix(closing + 1);
        end = 0;
        if (text.empty())
            return !out.host.empty();
        if (text.front() != ':')
            return false;
    } else {
        out.host = text.substr(0, end);
    }
    if (out.host.empty())
        return false;
    return end == std::string_view::npos || (read_number(text.substr(end + 1), out.port) && out.port != 0);
}

} // namespace

std::optional<redis_address> parse_redis_url(std::string_view url) {
    constexpr std::string_view scheme = "redis://";
    if (!url.starts_with(scheme))
        return std::nullopt;
    url.remove_prefix(scheme.size());
    redis_address out;
    if (const auto slash = url.find('/'); slash != std::string_view::npos) {
        const auto database = url.substr(slash + 1);
        if (!database.empty() && !read_number(database, out.database))
            return std::nullopt;
        url = url.substr(0, slash);
    }
    if (const auto at = url.rfind('@'); at != std::string_view::npos) {
        if (!read_credentials(url.substr(0, at), out))
            return std::nullopt;
        url.remove_prefix(at + 1);
    }
    if (!read_host(url, out))
        return std::nullopt;
    return out;
}

} // namespace bursar::server::rate_limits
