// An answer: status, header fields, and a body that is either whole or streamed. The connection adds Date,
// Content-Length or Transfer-Encoding, and Connection; nobody else does.
#pragma once

#include "server/asio.hpp"
#include "server/error.hpp"
#include "server/http/headers.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::server::http {

// Where a streamed body goes. write() completes when the bytes have left for the kernel, which is the back-pressure:
// a producer that awaits it holds one piece at a time. An error means that the client is gone: stop producing.
class body_writer {
public:
    virtual awaitable<result<>> write(std::string_view piece) = 0;

protected:
    ~body_writer() = default;
};

// Produces a streamed body. A failure after the first piece cannot become a status any more: returning an error ends
// the connection without the last chunk, so that the client sees an incomplete body.
using body_stream = std::function<awaitable<result<>>(body_writer&)>;

struct response {
    unsigned status = 200;
    header_block headers;
    std::string body;
    std::optional<std::string> body_for_repeats; // what the idempotency step keeps in place of a body with a secret
    body_stream stream;                          // when set, body is ignored
    bool close = false;                          // the connection ends after this answer
    std::optional<errc> code;                    // of a failure; for the access log and the idempotency step
};

// Reason phrase of a status, "Unknown" for one that bursar never sends.
std::string_view reason_phrase(unsigned status) noexcept;

} // namespace bursar::server::http
