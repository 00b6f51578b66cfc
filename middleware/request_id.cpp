#include "middleware/steps.hpp"
#include "server/http/client_address.hpp"
#include "server/http/trace_context.hpp"

#include <array>

namespace bursar::middleware {

namespace {

class request_id_step final : public http::filter {
public:
    explicit request_id_step(http::proxy_settings proxies)
        : proxies_(std::move(proxies)) {}

    std::optional<http::response> before(http::request_context& context) override {
        const auto sent_id = context.request.header("X-Request-Id");
        if (http::valid_request_id(sent_id)) {
            context.request_id.assign(sent_id);
        } else {
            std::array<char, 36> made;
            server::uuid::v7().write(made.data());
            context.request_id.assign({made.data(), made.size()});
        }
        const auto parent = http::continue_trace(context.request.header("traceparent"));
        context.trace = parent ? *parent : http::start_trace();
        context.client = http::client_address(context.request, proxies_);
        return std::nullopt;
    }

    void after(http::request_context& context, http::response& answer) override {
        answer.headers.add("X-Request-Id", context.request_id);
    }

private:
    const http::proxy_settings proxies_;
};

} // namespace

step request_id(http::proxy_settings proxies) {
    return std::make_shared<request_id_step>(std::move(proxies));
}

} // namespace bursar::middleware
