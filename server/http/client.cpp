#include "server/http/client.hpp"

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <openssl/ssl.h>

namespace bursar::server::http {

namespace {

namespace beast = boost::beast;
using boost::system::error_code;
using plain_stream = beast::basic_stream<asio::ip::tcp, executor>;
using tls_stream = beast::ssl_stream<plain_stream>;
using resolver = asio::ip::basic_resolver<asio::ip::tcp, executor>;

error failure(std::string_view doing, const client_url& at, const error_code& why) {
    const auto code = why == beast::error::timeout ? errc::deadline_exceeded : errc::dependency_unavailable;
    return {code, std::string{doing} + " " + at.authority + ": " + why.message()};
}

// A look-up that is under way cannot be cut short: it goes on without its caller.
struct look_up {
    explicit look_up(asio::io_context& loop, deadline until)
        : at(loop.get_executor())
        , ended(loop.get_executor(), until) {}
    resolver at;
    timer ended; // cancelled when it has
    error_code failed = beast::error::timeout;
    resolver::results_type found;
};

} // namespace

result<client_url> parse_client_url(std::string_view text) {
    const auto parsed = boost::urls::parse_absolute_uri({text.data(), text.size()});
    const auto wrong = [](std::string why) { return error{errc::validation_failed, std::move(why)}; };
    if (!parsed)
        return wrong("no URL");
    const bool secure = parsed->scheme() == "https";
    if (!secure && parsed->scheme() != "http")
        return wrong("neither https nor http");
    if (parsed->has_userinfo() || parsed->host().empty())
        return wrong("a URL with a user, or without a host");
    client_url out;
    out.secure = secure;
    out.host = parsed->host_address();
    out.port = parsed->has_port() ? std::string{parsed->port()} : secure ? "443" : "80";
    out.authority = std::string{parsed->encoded_host_and_port()};
    out.target = std::string{parsed->encoded_target()};
    if (!out.target.starts_with('/'))
        out.target.insert(0, "/");
    return out;
}

client::client(asio::io_context& loop)
    : loop_(loop)
    , tls_(asio::ssl::context::tls_client) {
    SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_2_VERSION);
    tls_.set_default_verify_paths();
    tls_.set_verify_mode(asio::ssl::verify_peer);
}

struct client::question {
    beast::http::verb verb = beast::http::verb::get;
    std::string body{};
};

awaitable<result<client_answer>> client::get(client_url from, std::size_t limit, deadline until) {
    return ask(std::move(from), {}, limit, until);
}

awaitable<result<client_answer>> client::post(client_url to, std::string json, std::size_t limit, deadline until) {
    return ask(std::move(to), {beast::http::verb::post, std::move(json)}, limit, until);
}

awaitable<result<client_answer>> client::ask(client_url from, question what, std::size_t limit, deadline until) {
    error_code failed;
    const auto of = std::make_shared<look_up>(loop_, until);
    of->at.async_resolve(from.host, from.port, [of](error_code e, const auto& found) {
        of->failed = e;
        of->found = found;
        of->ended.cancel();
    });
    co_await of->ended.async_wait(asio::redirect_error(use_awaitable, failed));
    if (of->failed)
        co_return failure("cannot resolve", from, of->failed);
    plain_stream connection{loop_.get_executor()};
    connection.expires_at(until);
    co_await connection.async_connect(of->found, asio::redirect_error(use_awaitable, failed));
    if (failed)
        co_return failure("cannot connect to", from, failed);
    if (!from.secure)
        co_return co_await exchange(connection, from, std::move(what), limit);

    tls_stream stream{std::move(connection), tls_};
    // SSL_set_tlsext_host_name() without its C cast.
    SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, from.host.data());
    stream.set_verify_callback(asio::ssl::host_name_verification(from.host));
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::redirect_error(use_awaitable, failed));
    if (failed)
        co_return failure("no TLS with", from, failed);
    co_return co_await exchange(stream, from, std::move(what), limit);
}

template <class Stream>
awaitable<result<client_answer>>
client::exchange(Stream& stream, const client_url& from, question what, std::size_t limit) {
    error_code failed;
    beast::http::request<beast::http::string_body> asked{what.verb, from.target, 11};
    asked.set(beast::http::field::host, from.authority);
    asked.set(beast::http::field::accept, "application/json");
    asked.set(beast::http::field::user_agent, "bursar");
    asked.set(beast::http::field::connection, "close");
    if (!what.body.empty()) {
        asked.set(beast::http::field::content_type, "application/json");
        asked.body() = std::move(what.body);
        asked.prepare_payload();
    }
    co_await beast::http::async_write(stream, asked, asio::redirect_error(use_awaitable, failed));
    if (failed)
        co_return failure("cannot ask", from, failed);
    beast::flat_buffer buffer;
    beast::http::response_parser<beast::http::string_body> answer;
    answer.body_limit(limit);
    co_await beast::http::async_read(stream, buffer, answer, asio::redirect_error(use_awaitable, failed));
    if (failed)
        co_return failure("no answer from", from, failed);
    co_return client_answer{answer.get().result_int(), std::move(answer.get().body())};
}

} // namespace bursar::server::http
