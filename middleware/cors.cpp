#include "middleware/steps.hpp"

#include <algorithm>

namespace bursar::middleware {

namespace {

class cors_step final : public http::filter {
public:
    explicit cors_step(std::vector<std::string> origins)
        : origins_(std::move(origins)) {}

    void after(http::request_context& context, http::response& answer) override {
        answer.headers.add("Vary", "Origin");
        const auto origin = context.request.header(http::field::origin);
        if (origin.empty() || std::find(origins_.begin(), origins_.end(), origin) == origins_.end())
            return;
        answer.headers.add("Access-Control-Allow-Origin", origin);
        const auto wanted = context.request.header(http::field::access_control_request_method);
        if (context.request.method == http::verb::options && !wanted.empty())
            answer_preflight(answer);
        else
            answer.headers.add(
                "Access-Control-Expose-Headers", "ETag, Location, Retry-After, RateLimit, RateLimit-Policy, "
                                                 "X-Request-Id, Idempotent-Replayed");
    }

private:
    static void answer_preflight(http::response& answer) {
        const std::string allow{answer.headers.find("Allow").value_or("")};
        answer.headers.add("Access-Control-Allow-Methods", allow);
        answer.headers.add(
            "Access-Control-Allow-Headers",
            "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, traceparent");
        answer.headers.add("Access-Control-Max-Age", "600");
    }

    std::vector<std::string> origins_;
};

} // namespace

step cors(std::vector<std::string> origins) {
    return std::make_shared<cors_step>(std::move(origins));
}

} // namespace bursar::middleware
