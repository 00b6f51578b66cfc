// Makes the connection of an accepted socket; the coroutine owns it and has run when the connection has ended.
#pragma once

#include "server/http/connections.hpp"

#include <memory>

namespace bursar::server::http {

class tls_context;

// turn_away: answers 503 and closes, for a connection beyond the cap.
awaitable<>
plain_connection(tcp_socket socket, std::shared_ptr<connections> shared, const asio::ip::address& peer, bool turn_away);
awaitable<> tls_connection(
    tcp_socket socket, tls_context& tls, std::shared_ptr<connections> shared, const asio::ip::address& peer,
    bool turn_away);

} // namespace bursar::server::http
