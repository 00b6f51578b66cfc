// The HTTP server that Boost.Beast's documentation teaches, as a peer for scripts/bench: http::response, async_write,
// tcp_stream with a time-out, any_io_executor, one coroutine a connection, one thread. It answers every GET with the
// body given on the command line. Prints its port.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <cstdio>
#include <string>

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = net::ip::tcp;

http::response<http::string_body> answer(const http::request<http::string_body>& request, const std::string& body) {
    http::response<http::string_body> response{http::status::ok, request.version()};
    response.set(http::field::server, "beast");
    response.set(http::field::content_type, "application/json");
    response.keep_alive(request.keep_alive());
    response.body() = body;
    response.prepare_payload();
    return response;
}

net::awaitable<void> serve(tcp::socket socket, const std::string* body) {
    beast::tcp_stream stream{std::move(socket)};
    beast::flat_buffer buffer;
    try {
        while (true) {
            stream.expires_after(std::chrono::seconds(30));
            http::request<http::string_body> request;
            co_await http::async_read(stream, buffer, request, net::use_awaitable);
            auto response = answer(request, *body);
            co_await http::async_write(stream, response, net::use_awaitable);
            if (!response.keep_alive())
                break;
        }
    } catch (const boost::system::system_error&) {
        // The client has gone, or was silent for too long: the connection ends either way.
    }
    beast::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
}

net::awaitable<void> listen(tcp::acceptor acceptor, const std::string* body) {
    while (true) {
        auto socket = co_await acceptor.async_accept(net::use_awaitable);
        socket.set_option(tcp::no_delay(true));
        auto executor = socket.get_executor();
        net::co_spawn(executor, serve(std::move(socket), body), net::detached);
    }
}

} // namespace

int main(int argc, char** argv) {
    const std::string body = argc > 1 ? argv[1] : R"({"status":"ok"})";
    net::io_context loop{1};
    tcp::acceptor acceptor{loop, {net::ip::address_v4::loopback(), 0}};
    std::printf("%u\n", static_cast<unsigned>(acceptor.local_endpoint().port()));
    std::fflush(stdout);
    net::co_spawn(loop, listen(std::move(acceptor), &body), net::detached);
    loop.run();
    return 0;
}
