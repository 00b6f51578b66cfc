// What lets a page of another origin read an answer (Fetch, "CORS protocol"), whoever gives it: the chain, or a
// connection that turns something away before there is a request. Without these the page sees a network error,
// whatever the answer says.
#pragma once

#include "server/http/headers.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bursar::server::http {

struct cors_policy {
    std::vector<std::string> origins; // as browsers write them; none: no fields at all
    bool credentials = false;         // browsers may send what they keep for us

    bool allows(std::string_view origin) const noexcept;
};

// Vary always, the others to an allowed origin. exposed: the fields that its page may read are named, as no answer to a
// preflight has to.
void add_cors_fields(header_block& headers, const cors_policy& policy, std::string_view origin, bool exposed = true);

} // namespace bursar::server::http
