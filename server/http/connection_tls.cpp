// connection over TLS.
#include "server/http/connection_body.hpp"
#include "server/http/connection_write.hpp"
#include "server/http/start_connection.hpp"
#include "server/http/tls.hpp"

#include <boost/asio/ssl/stream.hpp>

namespace bursar::server::http {

using tls_stream = asio::ssl::stream<tcp_socket>;

template class connection<tls_stream>;

awaitable<> tls_connection(
    tcp_socket socket, tls_context& tls, std::shared_ptr<connections> shared, const asio::ip::address& peer,
    bool turn_away) {
    using made = connection<tls_stream>;
    tls_stream stream{std::move(socket), tls.current()};
    return made::run(std::make_shared<made>(std::move(stream), std::move(shared), peer, turn_away));
}

} // namespace bursar::server::http
