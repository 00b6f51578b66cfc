#include "middleware/steps.hpp"
#include "server/http/answer.hpp"

namespace bursar::middleware {

namespace {

class load_shedding_step final : public http::filter {
public:
    load_shedding_step(http::request_metrics& metrics, std::size_t limit)
        : metrics_(metrics)
        , limit_(limit) {}

    bool applies_to(const http::route& r) const override { return !r.quiet; }

    std::optional<http::response> before(http::request_context& context) override {
        if (at_work_ >= limit_) {
            metrics_.shed().Increment();
            return http::problem(context, errc::overloaded);
        }
        metrics_.in_flight().Set(static_cast<double>(++at_work_));
        return std::nullopt;
    }

    void after(http::request_context&, http::response&) override {
        metrics_.in_flight().Set(static_cast<double>(--at_work_));
    }

private:
    http::request_metrics& metrics_;
    std::size_t limit_;
    std::size_t at_work_ = 0;
};

} // namespace

step load_shedding(http::request_metrics& metrics, std::size_t limit) {
    return std::make_shared<load_shedding_step>(metrics, limit);
}

} // namespace bursar::middleware
