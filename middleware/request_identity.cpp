#include "middleware/steps.hpp"
#include "server/http/client_address.hpp"
#include "server/telemetry/trace.hpp"

#include <array>

namespace bursar::middleware {

namespace {

using boost::asio::ip::address;

class request_identity_step final : public http::filter {
public:
    explicit request_identity_step(std::vector<address> trusted)
        : trusted_(std::move(trusted)) {}

    std::optional<http::response> before(http::request_context& context) override {
        const auto sent_id = context.request.header("X-Request-Id");
        if (server::valid_request_id(sent_id)) {
            context.request_id.assign(sent_id);
        } else {
            std::array<char, 36> made;
            server::uuid::v7().write(made.data());
            context.request_id.assign({made.data(), made.size()});
        }
        const auto parent = server::continue_trace(context.request.header("traceparent"));
        context.trace = parent ? *parent : server::start_trace();
        context.client = http::client_address(context.request, trusted_);
        return std::nullopt;
    }

    void after(http::request_context& context, http::response& answer) override {
        answer.headers.add("X-Request-Id", context.request_id);
    }

private:
    std::vector<address> trusted_;
};

} // namespace

step request_identity(std::vector<address> trusted_proxies) {
    return std::make_shared<request_identity_step>(std::move(trusted_proxies));
}

} // namespace bursar::middleware
