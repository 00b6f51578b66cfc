#include "middleware/steps.hpp"
#include "server/http/security_fields.hpp"

namespace bursar::middleware {

namespace {

class security_headers_step final : public http::filter {
public:
    void after(http::request_context& context, http::response& answer) override {
        http::add_security_fields(answer.headers, context.request.secure);
    }
};

} // namespace

step security_headers() {
    return std::make_shared<security_headers_step>();
}

} // namespace bursar::middleware
