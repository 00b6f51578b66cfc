#include "middleware/steps.hpp"
#include "server/http/answer.hpp"

namespace bursar::middleware {

namespace {

class authorization_step final : public http::middleware {
public:
    std::string_view name() const noexcept override { return "authorization"; }
    bool applies_to(const http::route& r) const override {
        return std::holds_alternative<server::permission>(*r.access);
    }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        const auto needed = std::get<server::permission>(*context.route->access);
        if (!context.caller->may(needed)) {
            error refused{errc::permission_denied};
            refused.message = "The credential lacks the permission " + std::string{to_string(needed)} + ".";
            co_return http::problem(context, refused);
        }
        co_return co_await rest(context);
    }
};

} // namespace

step authorization() {
    return std::make_unique<authorization_step>();
}

} // namespace bursar::middleware
