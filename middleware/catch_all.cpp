#include "middleware/steps.hpp"
#include "server/http/answer.hpp"
#include "server/telemetry/log.hpp"

namespace bursar::middleware {

namespace {

class catch_all_step final : public http::middleware {
public:
    std::string_view name() const noexcept override { return "catch_all"; }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        std::exception_ptr escaped;
        try {
            co_return co_await rest(context);
        } catch (...) {
            escaped = std::current_exception();
        }
        co_return http::problem(context, error{errc::internal, server::what_of(escaped)});
    }
};

} // namespace

step catch_all() {
    return std::make_unique<catch_all_step>();
}

} // namespace bursar::middleware
