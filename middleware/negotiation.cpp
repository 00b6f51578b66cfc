#include "middleware/steps.hpp"
#include "server/http/answer.hpp"
#include "server/http/media_type.hpp"

#include <algorithm>

namespace bursar::middleware {

namespace {

class negotiation_step final : public http::filter {
public:
    bool applies_to(const http::route& r) const override { return !r.internal; }

    std::optional<http::response> before(http::request_context& context) override {
        const auto accept = context.request.header(http::field::accept);
        if (accept.empty() || acceptable(accept, *context.route))
            return std::nullopt;
        return http::problem(context, errc::not_acceptable);
    }

private:
    static bool acceptable(std::string_view accept, const http::route& route) {
        // Who accepts a problem document wants our failures, and gets the plain answer for a success.
        return http::quality(accept, "application/problem+json") > 0 ||
               std::any_of(route.answers.begin(), route.answers.end(), [&](const http::answer_spec& a) {
                   return a.status < 300 && http::quality(accept, a.media_type) > 0;
               });
    }
};

} // namespace

step negotiation() {
    return std::make_shared<negotiation_step>();
}

} // namespace bursar::middleware
