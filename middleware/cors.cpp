#include "middleware/steps.hpp"
#include "server/http/cors_fields.hpp"

namespace bursar::middleware {

namespace {

class cors_step final : public http::filter {
public:
    explicit cors_step(http::cors_policy policy)
        : policy_(std::move(policy)) {}

    void after(http::request_context& context, http::response& answer) override {
        const auto origin = context.request.header(http::field::origin);
        const auto wanted = context.request.header(http::field::access_control_request_method);
        const bool preflight =
            policy_.allows(origin) && context.request.method == http::verb::options && !wanted.empty();
        if (preflight)
            answer_preflight(answer, wanted);
        http::add_cors_fields(answer.headers, policy_, origin, !preflight);
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

    http::cors_policy policy_;
};

} // namespace

step cors(std::vector<std::string> origins, bool credentials) {
    return std::make_shared<cors_step>(http::cors_policy{std::move(origins), credentials});
}

} // namespace bursar::middleware
