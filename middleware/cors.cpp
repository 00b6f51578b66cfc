#include "middleware/steps.hpp"

#include <algorithm>

namespace bursar::middleware {

namespace {

class cors_step final : public http::filter {
public:
    cors_step(std::vector<std::string> origins, bool credentials)
        : origins_(std::move(origins))
        , credentials_(credentials) {}

    void after(http::request_context& context, http::response& answer) override {
        const auto origin = context.request.header(http::field::origin);
        const bool known = !origin.empty() && std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
        const auto wanted = context.request.header(http::field::access_control_request_method);
        const bool preflight = known && context.request.method == http::verb::options && !wanted.empty();
        if (preflight)
            answer_preflight(answer, wanted);
        answer.headers.add("Vary", "Origin");
        if (!known)
            return;
        answer.headers.add("Access-Control-Allow-Origin", origin);
        if (credentials_)
            answer.headers.add("Access-Control-Allow-Credentials", "true");
        if (!preflight)
            answer.headers.add(
                "Access-Control-Expose-Headers", "ETag, Location, Retry-After, RateLimit, RateLimit-Policy, "
                                                 "X-Request-Id, Idempotent-Replayed, WWW-Authenticate");
    }

private:
    static void answer_preflight(http::response& answer, std::string_view wanted) {
        std::string allow{answer.headers.find("Allow").value_or("")};
        // A page is not shown the answer where its preflight failed: it gets its 404 from the request itself.
        if (answer.status == 404) {
            answer.status = 204;
            answer.code.reset();
            answer.body.clear();
            answer.headers.erase("Content-Type");
            allow = wanted;
        }
        answer.headers.add("Access-Control-Allow-Methods", allow);
        answer.headers.add(
            "Access-Control-Allow-Headers",
            "Authorization, Content-Type, Idempotency-Key, X-Idempotency-Key, If-Match, "
            "If-None-Match, X-Request-Id, X-Requested-With, traceparent, tracestate");
        answer.headers.add("Access-Control-Max-Age", "600");
    }

    std::vector<std::string> origins_;
    bool credentials_;
};

} // namespace

step cors(std::vector<std::string> origins, bool credentials) {
    return std::make_shared<cors_step>(std::move(origins), credentials);
}

} // namespace bursar::middleware
