// session over a plain socket.
#include "server/http/session_body.hpp"
#include "server/http/session_write.hpp"
#include "server/http/start_session.hpp"

namespace bursar::server::http {

template class session<tcp_socket>;

awaitable<>
plain_session(tcp_socket socket, std::shared_ptr<connections> shared, const asio::ip::address& peer, bool turn_away) {
    using made = session<tcp_socket>;
    return made::run(std::make_shared<made>(std::move(socket), std::move(shared), peer, turn_away));
}

} // namespace bursar::server::http
