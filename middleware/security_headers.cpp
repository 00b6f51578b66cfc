#include "middleware/steps.hpp"

namespace bursar::middleware {

namespace {

// OWASP REST Security Cheat Sheet.
class security_headers_step final : public http::filter {
public:
    void after(http::request_context& context, http::response& answer) override {
        if (!answer.headers.contains("Content-Security-Policy"))
            answer.headers.add_lines("Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n");
        if (!answer.headers.contains("Cache-Control"))
            answer.headers.add_lines("Cache-Control: no-store\r\n");
        answer.headers.add_lines("X-Content-Type-Options: nosniff\r\n");
        if (context.request.secure)
            answer.headers.add_lines("Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n");
    }
};

} // namespace

step security_headers() {
    return std::make_shared<security_headers_step>();
}

} // namespace bursar::middleware
