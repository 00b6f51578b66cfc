// Whom a request comes from when proxies pass it on.
#pragma once

#include "server/http/request.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace bursar::server::http {

// nullopt: the text is none.
std::optional<asio::ip::address> parse_address(std::string_view text);

// The IPv4 address behind ::ffff:192.0.2.1, as a socket for both families names it; any other as it is.
asio::ip::address unmapped(const asio::ip::address& a);

// The nearest address that is not itself a trusted proxy. The peer, if trusted, tells of its client at the end of
// X-Forwarded-For, all lines of which are one list (RFC 9110 section 5.3); that one, if trusted, of its own before it;
// and so on. What is no address ends the walk at the proxy that told it. Where there is no X-Forwarded-For, Forwarded
// is read in its place (RFC 7239): a proxy that writes that has to remove the other, which its client may have sent.
// Trusted addresses and the peer are expected unmapped.
asio::ip::address client_address(const request& from, std::span<const asio::ip::address> trusted);

} // namespace bursar::server::http
