#include "middleware/steps.hpp"
#include "server/telemetry/trace.hpp"

#include <algorithm>
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
        context.client = client_of(context.request);
        return std::nullopt;
    }

    void after(http::request_context& context, http::response& answer) override {
        answer.headers.add("X-Request-Id", context.request_id);
    }

private:
    bool trusted(const address& a) const { return std::find(trusted_.begin(), trusted_.end(), a) != trusted_.end(); }

    // The nearest address in X-Forwarded-For that is not itself a listed proxy; only a listed peer is believed.
    address client_of(const http::request& request) const {
        auto client = request.peer;
        if (trusted_.empty() || !trusted(client))
            return client;
        auto forwarded = request.header("X-Forwarded-For");
        while (!forwarded.empty() && trusted(client)) {
            const auto comma = forwarded.rfind(',');
            auto text = comma == std::string_view::npos ? forwarded : forwarded.substr(comma + 1);
            forwarded = comma == std::string_view::npos ? std::string_view{} : forwarded.substr(0, comma);
            text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
            boost::system::error_code failed;
            const auto next = boost::asio::ip::make_address(std::string{text}, failed);
            if (failed)
                break;
            client = next;
        }
        return client;
    }

    std::vector<address> trusted_;
};

} // namespace

step request_identity(std::vector<address> trusted_proxies) {
    return std::make_shared<request_identity_step>(std::move(trusted_proxies));
}

} // namespace bursar::middleware
