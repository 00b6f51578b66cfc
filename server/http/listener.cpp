#include "server/http/listener.hpp"

#include "server/http/client_address.hpp"
#include "server/http/start_connection.hpp"
#include "server/telemetry/log.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>

#include <linux/filter.h>
#include <sys/socket.h>

#include <array>
#include <sstream>

namespace bursar::server::http {

namespace {

using boost::system::error_code;
using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr int backlog = 4096;
constexpr int accepts_a_turn = 64;
constexpr std::size_t refusals_at_once = 256;
constexpr std::chrono::milliseconds first_pause{20};
constexpr std::chrono::milliseconds longest_pause{1000};

constexpr std::chrono::milliseconds last_handshakes{100};

// What waits in the backlog of a socket is lost when it is closed. So first no new handshake is let in: its SYN is
// dropped, and repeated a second later to the process that has taken over the port. Those under way come to an end.
void drop_handshakes(int listening) noexcept {
    // ldb [13] (TCP flags); jset SYN; ret 0 (drop); ret all
    std::array<sock_filter, 4> code{{{0x30, 0, 0, 13}, {0x45, 0, 1, 0x02}, {0x06, 0, 0, 0}, {0x06, 0, 0, 0xFFFFFFFF}}};
    const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    // Where filters are forbidden a restart may lose a connection in that instant; nothing else depends on it.
    static_cast<void>(::setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
}

bool passing(const error_code& ec) noexcept {
    return ec == asio::error::connection_aborted || ec == asio::error::interrupted ||
           ec == boost::system::errc::protocol_error || ec == asio::error::network_down ||
           ec == asio::error::host_unreachable || ec == asio::error::network_unreachable;
}

} // namespace

listener::listener(
    asio::io_context& loop, application& app, const connection_options& options, std::shared_ptr<tls_context> tls)
    : shared_(std::make_shared<connections>(app, options))
    , tls_(std::move(tls))
    , acceptor_(loop.get_executor())
    , pause_(loop.get_executor())
    , tick_(loop.get_executor())
    , accepting_(loop)
    , sweeping_(loop)
    , connections_(loop) {}

void listener::start(const asio::ip::tcp::endpoint& address, bool share_port) {
    try {
        bind(address, share_port);
    } catch (const boost::system::system_error& e) {
        std::ostringstream text;
        text << "cannot listen on " << address << ": ";
        if (e.code() == asio::error::address_in_use)
            text << "another process does; --share-port lets several share a port, if all of them say so";
        else
            text << e.code().message();
        throw listen_error(text.str());
    }
    accepting_.spawn("http_accept", accept_loop());
    sweeping_.spawn("http_sweep", sweep_loop());
}

void listener::bind(const asio::ip::tcp::endpoint& address, bool share_port) {
    acceptor_.open(address.protocol());
    acceptor_.set_option(asio::socket_base::reuse_address{true});
    acceptor_.set_option(reuse_port{share_port});
    // Accepted sockets inherit it.
    acceptor_.set_option(asio::ip::tcp::no_delay{true});
    if (address.address().is_v6())
        acceptor_.set_option(asio::ip::v6_only{false});
    acceptor_.bind(address);
    acceptor_.listen(backlog);
    acceptor_.non_blocking(true);
}

asio::ip::tcp::endpoint listener::address() const {
    return acceptor_.local_endpoint();
}

// Accepts what is there. would_block: nothing is left.
error_code listener::accept_some() {
    for (int i = 0; i < accepts_a_turn; ++i) {
        if (shared_->count() >= shared_->options.max_connections + refusals_at_once)
            return asio::error::no_buffer_space;
        error_code ec;
        asio::ip::tcp::endpoint peer;
        tcp_socket socket = acceptor_.accept(peer, ec);
        if (passing(ec))
            continue;
        if (ec)
            return ec;
        begin_connection(std::move(socket), unmapped(peer.address()));
    }
    return {};
}

void listener::begin_connection(tcp_socket socket, const asio::ip::address& peer) {
    error_code ec;
    socket.non_blocking(true, ec);
    if (ec)
        return;
    const bool turn_away = shared_->count() >= shared_->options.max_connections;
    if (tls_)
        connections_.spawn("https_connection", tls_connection(std::move(socket), *tls_, shared_, peer, turn_away));
    else
        connections_.spawn("http_connection", plain_connection(std::move(socket), shared_, peer, turn_away));
}

awaitable<> listener::accept_loop() {
    auto pause = first_pause;
    error_code ec;
    while (!stopping_) {
        ec = accept_some();
        if (!ec || ec == asio::error::would_block) {
            pause = first_pause;
            if (!stopping_)
                co_await acceptor_.async_wait(asio::socket_base::wait_read, asio::redirect_error(use_awaitable, ec));
            continue;
        }
        log_warning("accept_paused").with("error", ec.message()).with("pause_ms", pause.count());
        pause_.expires_after(pause);
        co_await pause_.async_wait(asio::redirect_error(use_awaitable, ec));
        pause = std::min(pause * 2, longest_pause);
    }
    drop_handshakes(acceptor_.native_handle());
    pause_.expires_after(last_handshakes);
    co_await pause_.async_wait(asio::redirect_error(use_awaitable, ec));
    do
        ec = accept_some();
    while (!ec);
    acceptor_.close(ec);
}

awaitable<> listener::sweep_loop() {
    error_code ec;
    while (!finished_) {
        tick_.expires_after(shared_->options.sweep_interval);
        co_await tick_.async_wait(asio::redirect_error(use_awaitable, ec));
        shared_->sweep();
    }
}

void listener::drain() {
    shared_->drain();
}

void listener::stop_accepting() {
    if (std::exchange(stopping_, true))
        return;
    error_code ignored;
    acceptor_.cancel(ignored);
    pause_.cancel();
}

awaitable<bool> listener::finish(deadline until) {
    drain();
    stop_accepting();
    // Its last look at the backlog may still begin connections.
    co_await accepting_.join(deadline::max());
    const bool all_ended = co_await connections_.join(until);
    finished_ = true;
    tick_.cancel();
    if (!all_ended)
        shared_->abort_all();
    // Handlers keep to their requests' deadlines, so cut connections end too.
    co_await connections_.join(deadline::max());
    co_await sweeping_.join(deadline::max());
    co_return all_ended;
}

} // namespace bursar::server::http
