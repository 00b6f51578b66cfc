// connection over a plain socket.
#include "server/http/connection_body.hpp"
#include "server/http/connection_write.hpp"
#include "server/http/start_connection.hpp"

namespace bursar::server::http {

template class connection<tcp_socket>;

awaitable<> plain_connection(
    tcp_socket socket, std::shared_ptr<connections> shared, const asio::ip::address& peer, bool turn_away) {
    using made = connection<tcp_socket>;
    return made::run(std::make_shared<made>(std::move(socket), std::move(shared), peer, turn_away));
}

} // namespace bursar::server::http
