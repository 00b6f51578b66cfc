// What every answer asks of a browser (OWASP REST Security Cheat Sheet), whoever gives it: the chain, or a connection
// that turns something away before there is a request.
#pragma once

#include "server/http/headers.hpp"

namespace bursar::server::http {

// nosniff, a policy that forbids everything, no-store, and HSTS over TLS. A policy or a Cache-Control that is there
// stays.
void add_security_fields(header_block& headers, bool secure);

} // namespace bursar::server::http
