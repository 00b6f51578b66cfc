// Whom a request comes from when proxies pass it on.
#pragma once

#include "server/http/network.hpp"
#include "server/http/request.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace bursar::server::http {

// nullopt: the text is none.
std::optional<asio::ip::address> parse_address(std::string_view text);

// The IPv4 address behind ::ffff:192.0.2.1, as a socket for both families names it; any other as it is.
asio::ip::address unmapped(const asio::ip::address& a);

// The one header that the proxies set, or take away; a client may have sent the others.
enum class client_address_header { x_forwarded_for, forwarded, x_real_ip };
// nullopt: it is none of them.
std::optional<client_address_header> parse_client_address_header(std::string_view name) noexcept;

struct proxy_settings {
    std::vector<network> trusted;
    client_address_header header = client_address_header::x_forwarded_for;
};

// The nearest address that is not itself a trusted proxy. The peer, if trusted, names its client at the end of the
// header, all lines of which are one list (RFC 9110 section 5.3; of Forwarded, RFC 7239); that one, if trusted, of its
// own before it; and so on. What is no address ends the walk at the proxy that sent it.
asio::ip::address client_address(const request& from, const proxy_settings& proxies);

} // namespace bursar::server::http
