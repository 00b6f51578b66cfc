// The bytes of an answer's head, appended to what a connection writes. Status line and fields in the answer's order,
// then Date, framing and Connection, which are the connection's to say.
#pragma once

#include "server/http/response.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bursar::server::http {

enum class framing {
    none,    // 204, 304: no body and no word of one
    length,  // Content-Length
    chunked, // streamed to HTTP/1.1
    until_close
};

enum class persistence {
    standing, // HTTP/1.1's default: nothing to say
    keep_alive,
    close
};

void append_head(
    std::string& out, const response& answer, framing body, std::uint64_t length, persistence connection,
    std::string_view date_line);

// The size line of a chunk, with its CRLF.
void append_chunk_size(std::string& out, std::size_t size);

} // namespace bursar::server::http
