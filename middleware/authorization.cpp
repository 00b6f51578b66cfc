#include "middleware/steps.hpp"
#include "server/http/answer.hpp"

namespace bursar::middleware {

namespace {

class authorization_step final : public http::filter {
public:
    bool applies_to(const http::route& r) const override {
        return std::holds_alternative<server::permission>(*r.access);
    }

    std::optional<http::response> before(http::request_context& context) override {
        const auto needed = std::get<server::permission>(*context.route->access);
        if (context.caller->may(needed))
            return std::nullopt;
        error refused{errc::permission_denied};
        refused.message = "The credential lacks the permission " + std::string{to_string(needed)} + ".";
        return http::problem(context, refused);
    }
};

} // namespace

step authorization() {
    return std::make_shared<authorization_step>();
}

} // namespace bursar::middleware
