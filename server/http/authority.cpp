#include "server/http/authority.hpp"

#include "server/hex.hpp"
#include "server/http/characters.hpp"
#include "server/http/headers.hpp"
#include "server/whole_number.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

namespace bursar::server::http {

namespace {

struct parts {
    std::string_view host;
    std::string_view port;
};

std::optional<parts> split(std::string_view text) noexcept {
    const auto close = text.starts_with('[') ? text.find(']') : 0;
    if (close == std::string_view::npos)
        return std::nullopt;
    const auto end = std::min(text.find(':', close), text.size());
    const auto port = text.substr(std::min(end + 1, text.size()));
    return parts{text.substr(0, end), port};
}

std::optional<unsigned> port_number(std::string_view port, unsigned default_port) noexcept {
    if (port.empty())
        return default_port;
    port.remove_prefix(std::min(port.find_first_not_of('0'), port.size() - 1));
    const auto number = parse_whole_number<unsigned>(port);
    return number && *number <= 65'535 ? number : std::nullopt;
}

bool registered_name(std::string_view host) noexcept {
    for (std::size_t i = 0; i < host.size(); ++i) {
        if (is(host[i], host_char))
            continue;
        if (host[i] != '%' || i + 2 >= host.size() || hex_digit(host[i + 1]) < 0 || hex_digit(host[i + 2]) < 0)
            return false;
        i += 2;
    }
    return !host.empty();
}

bool ipv6_address(std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> copy{};
    if (text.size() >= copy.size())
        return false;
    std::copy(text.begin(), text.end(), copy.begin());
    in6_addr ignored{};
    return ::inet_pton(AF_INET6, copy.data(), &ignored) == 1;
}

// "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
bool ip_of_the_future(std::string_view text) noexcept {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos || dot < 2 || dot + 1 == text.size() || (text[0] != 'v' && text[0] != 'V'))
        return false;
    const auto version = text.substr(1, dot - 1);
    const auto rest = text.substr(dot + 1);
    return std::all_of(version.begin(), version.end(), [](char c) { return hex_digit(c) >= 0; }) &&
           std::all_of(rest.begin(), rest.end(), [](char c) { return c == ':' || is(c, host_char); });
}

bool valid_host(std::string_view host) noexcept {
    if (!host.starts_with('['))
        return registered_name(host);
    if (!host.ends_with(']'))
        return false;
    const auto inside = host.substr(1, host.size() - 2);
    return ipv6_address(inside) || ip_of_the_future(inside);
}

} // namespace

bool valid_authority(std::string_view text) noexcept {
    const auto found = split(text);
    return found && valid_host(found->host) && port_number(found->port, 0);
}

bool same_authority(std::string_view a, std::string_view b, unsigned default_port) noexcept {
    const auto one = split(a);
    const auto other = split(b);
    return one && other && iequals(one->host, other->host) &&
           port_number(one->port, default_port) == port_number(other->port, default_port);
}

} // namespace bursar::server::http
