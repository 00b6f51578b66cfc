#include "server/http/security_fields.hpp"

namespace bursar::server::http {

void add_security_fields(header_block& headers, bool secure) {
    if (!headers.contains("Content-Security-Policy"))
        headers.add_lines("Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n");
    if (!headers.contains("Cache-Control"))
        headers.add_lines("Cache-Control: no-store\r\n");
    headers.add_lines("X-Content-Type-Options: nosniff\r\n");
    if (secure)
        headers.add_lines("Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n");
}

} // namespace bursar::server::http
