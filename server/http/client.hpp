// One request to somebody else's server: over TLS with the system's certificate authorities, or in the clear. A
// connection a request; no redirects are followed. For what is asked rarely and must not hold anybody up. Belongs to
// the loop's thread.
#pragma once

#include "server/asio.hpp"
#include "server/error.hpp"

#include <boost/asio/ssl/context.hpp>

#include <string>
#include <string_view>

namespace bursar::server::http {

// What an https:// or http:// URL without user, password and fragment says.
struct client_url {
    bool secure = false;
    std::string host; // of an IPv6 address without the brackets
    std::string port;
    std::string authority; // for the Host header
    std::string target;    // path and query
};

// validation_failed, with a detail, for any other.
result<client_url> parse_client_url(std::string_view text);

struct client_answer {
    unsigned status = 0;
    std::string body;
};

class client {
public:
    explicit client(asio::io_context& loop);

    // A GET. dependency_unavailable, with a detail: no connection, a certificate that does not hold, a broken answer,
    // or one with a body of more than `limit` bytes. deadline_exceeded: none in time.
    awaitable<result<client_answer>> get(client_url from, std::size_t limit, deadline until);
    // A POST of JSON; fails likewise, and whether it was received is then not known.
    awaitable<result<client_answer>> post(client_url to, std::string json, std::size_t limit, deadline until);

private:
    struct question;
    awaitable<result<client_answer>> ask(client_url whom, question what, std::size_t limit, deadline until);
    template <class Stream>
    awaitable<result<client_answer>> exchange(Stream& stream, const client_url& from, question what, std::size_t limit);

    asio::io_context& loop_;
    asio::ssl::context tls_;
};

} // namespace bursar::server::http
