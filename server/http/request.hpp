// A request as the chain and the handlers see it: the head parsed and found well-formed by the gate, the body still
// on the wire until a step asks for it. Views live as long as the request is being answered.
#pragma once

#include "server/asio.hpp"
#include "server/error.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/verb.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::server::http {

using boost::beast::http::field;
using boost::beast::http::fields;
using boost::beast::http::verb;

// Reads the body of the request at hand from the connection.
class body_source {
public:
    // The whole body. payload_too_large as soon as it is known to pass `limit` bytes (before reading any of it when
    // Content-Length says so), request_timeout, or malformed_request (bad chunk). Called at most once.
    // Sends "100 Continue" first when the client waits for it.
    virtual awaitable<result<std::string>> read(std::size_t limit) = 0;

protected:
    ~body_source() = default;
};

struct request {
    verb method = verb::unknown;
    std::string_view method_text; // as sent; method is unknown for extension methods
    std::string_view target;      // as sent
    std::string_view path;        // target before '?', still percent-encoded
    std::string_view query;       // target after '?', still percent-encoded
    const fields* headers = nullptr;
    asio::ip::address peer; // of the socket
    bool secure = false;    // TLS
    bool has_body = false;  // Content-Length above 0, or chunked
    std::optional<std::uint64_t> content_length;
    body_source* source = nullptr;

    // The value of the field of that name, which is of all its lines, or empty.
    std::string_view header(field name) const {
        const auto found = headers->find(name);
        return found == headers->end() ? std::string_view{} : std::string_view{found->value()};
    }
    std::string_view header(std::string_view name) const {
        const auto found = headers->find(name);
        return found == headers->end() ? std::string_view{} : std::string_view{found->value()};
    }
};

} // namespace bursar::server::http
