// session over a plain socket.
#include "server/http/session_body.hpp"

namespace bursar::server::http {

template class session<tcp_socket>;

} // namespace bursar::server::http
