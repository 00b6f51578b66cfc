// Accepts connections on one address and serves each. Accept errors (descriptors used up, memory short)
// back off and recover; a connection beyond the cap is answered 503. Ends in the order drain, stop_accepting, finish.
// Belongs to the loop's thread; the application and the loop must outlive it, and finish() must have completed before
// it is destroyed while the loop still runs.
#pragma once

#include "server/http/connections.hpp"
#include "server/http/service.hpp"
#include "server/task_group.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>

#include <memory>
#include <stdexcept>

namespace bursar::server::http {

class tls_context;

// For the operator: names the address.
class listen_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class listener {
public:
    // Null tls: plain HTTP.
    listener(
        asio::io_context& loop, application& app, const connection_options& options,
        std::shared_ptr<tls_context> tls = nullptr);
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    // Binds and begins to accept. Throws listen_error when the address cannot be had: because it is taken, unless all
    // who have it share it (SO_REUSEPORT), as in a rolling restart.
    void start(const asio::ip::tcp::endpoint& address, bool share_port = false);
    // Where it listens: the port that the system chose, when it was asked to.
    asio::ip::tcp::endpoint address() const;

    // From here on every answer says Connection: close, and idle connections end soon. New ones are still accepted.
    void drain();
    // Takes what the backlog still holds, then closes the listening socket. Sessions go on.
    void stop_accepting();
    // Waits for the connections to end by themselves; at the deadline it cuts those that are left. False: some were
    // cut. Calls drain and stop_accepting if nobody has.
    awaitable<bool> finish(deadline until);

    std::size_t open_connections() const noexcept { return shared_->count(); }

private:
    using acceptor = asio::basic_socket_acceptor<asio::ip::tcp, executor>;

    void bind(const asio::ip::tcp::endpoint& address, bool share_port);
    awaitable<> accept_loop();
    awaitable<> sweep_loop();
    boost::system::error_code accept_some();
    void begin_connection(tcp_socket socket, const asio::ip::address& peer);

    std::shared_ptr<connections> shared_;
    std::shared_ptr<tls_context> tls_;
    acceptor acceptor_;
    timer pause_; // of the accept loop
    timer tick_;
    task_group accepting_;
    task_group sweeping_;
    task_group connections_;
    bool stopping_ = false;
    bool finished_ = false;
};

} // namespace bursar::server::http
