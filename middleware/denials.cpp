#include "middleware/denial_log.hpp"
#include "middleware/steps.hpp"

namespace bursar::middleware {

namespace {

class denials_step final : public http::filter {
public:
    explicit denials_step(denial_log& log)
        : log_(log) {}

    bool applies_to(const http::route& r) const override { return !std::holds_alternative<http::anyone>(*r.access); }

    void after(http::request_context& context, http::response& answer) override {
        if (answer.code == server::errc::permission_denied)
            log_.add(context);
    }

private:
    denial_log& log_;
};

} // namespace

step denials(denial_log& log) {
    return std::make_shared<denials_step>(log);
}

} // namespace bursar::middleware
