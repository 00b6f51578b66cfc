#include "server/http/web_origin.hpp"

#include "server/ascii.hpp"
#include "server/http/client_address.hpp"
#include "server/whole_number.hpp"

#include <algorithm>

namespace bursar::server::http {

namespace {

bool is_name(std::string_view host) noexcept {
    return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
}

// In brackets: an IPv6 address in the form that browsers choose among its many.
std::optional<std::string> parse_host(const std::string& host) {
    if (!host.starts_with('['))
        return is_name(host) ? std::optional{host} : std::nullopt;
    const std::string_view inside = std::string_view{host}.substr(1, host.size() - 2);
    const auto address = parse_address(inside);
    if (!host.ends_with(']') || !address || !address->is_v6() || inside.find('%') != std::string_view::npos)
        return std::nullopt;
    return '[' + address->to_string() + ']';
}

} // namespace

std::optional<std::string> parse_web_origin(std::string_view text) {
    const auto all = lower_case(text);
    const auto end = all.find("://");
    const auto scheme = all.substr(0, end);
    if (end == std::string::npos || !(scheme == "https" || scheme == "http"))
        return std::nullopt;
    auto host = all.substr(end + 3);
    std::string port;
    const auto bracket = host.rfind(']');
    const auto colon = host.find(':', bracket == std::string::npos ? 0 : bracket);
    if (colon != std::string::npos) {
        const auto number = parse_whole_number<unsigned>(std::string_view{host}.substr(colon + 1));
        if (!number || *number == 0 || *number > 65'535)
            return std::nullopt;
        if (*number != (scheme == "https" ? 443U : 80U))
            port = ':' + std::to_string(*number);
        host.erase(colon);
    }
    const auto known = parse_host(host);
    return known ? std::optional{scheme + "://" + *known + port} : std::nullopt;
}

} // namespace bursar::server::http
