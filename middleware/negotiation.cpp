#include "middleware/steps.hpp"
#include "server/http/answer.hpp"
#include "server/http/media_type.hpp"

#include <algorithm>

namespace bursar::middleware {

namespace {

class negotiation_step final : public http::middleware {
public:
    std::string_view name() const noexcept override { return "negotiation"; }
    bool applies_to(const http::route& r) const override { return !r.internal; }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        const auto accept = context.request.header(http::field::accept);
        if (!accept.empty() && !acceptable(accept, *context.route))
            return refuse(context);
        return rest(context);
    }

private:
    static bool acceptable(std::string_view accept, const http::route& route) {
        // Who accepts a problem document wants our failures, and gets the plain answer for a success.
        return http::quality(accept, "application/problem+json") > 0 ||
               std::any_of(route.answers.begin(), route.answers.end(), [&](const http::answer_spec& a) {
                   return a.status < 300 && http::quality(accept, a.media_type) > 0;
               });
    }

    static awaitable<http::response> refuse(http::request_context& context) {
        co_return http::problem(context, errc::not_acceptable);
    }
};

} // namespace

step negotiation() {
    return std::make_unique<negotiation_step>();
}

} // namespace bursar::middleware
