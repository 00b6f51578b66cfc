// Requests as raw bytes, with what must become of them. One list for the gate alone, for the service on a socket, and
// for the service behind proxies.
#pragma once

#include <string>
#include <vector>

namespace bursar::tests {

struct http_vector {
    std::string name;
    std::string bytes;
    std::vector<unsigned> statuses; // of the answers, in order
    bool closes = true;             // the server ends the connection after the last one
};

// Refused: the last status says how, and the connection is closed.
const std::vector<http_vector>& refused_heads();
// Chunked bodies that end in a refusal. Their heads are well-formed.
const std::vector<http_vector>& refused_bodies();
// Well-formed, some in odd ways. The connection stays in step unless closes says otherwise.
const std::vector<http_vector>& accepted_requests();

} // namespace bursar::tests
