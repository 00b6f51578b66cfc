#include "middleware/steps.hpp"
#include "server/http/answer.hpp"

namespace bursar::middleware {

namespace {

class load_shedding_step final : public http::middleware {
public:
    load_shedding_step(server::http_metrics& metrics, std::size_t limit)
        : metrics_(metrics)
        , limit_(limit) {}

    std::string_view name() const noexcept override { return "load_shedding"; }
    bool applies_to(const http::route& r) const override { return !r.quiet; }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        if (at_work_ >= limit_) {
            metrics_.shed().Increment();
            co_return http::problem(context, errc::overloaded);
        }
        const place held{*this};
        co_return co_await rest(context);
    }

private:
    // Gives the place back whichever way the request ends.
    class place {
    public:
        explicit place(load_shedding_step& of) noexcept
            : of_(of) {
            of_.metrics_.in_flight().Set(static_cast<double>(++of_.at_work_));
        }
        place(const place&) = delete;
        place& operator=(const place&) = delete;
        ~place() { of_.metrics_.in_flight().Set(static_cast<double>(--of_.at_work_)); }

    private:
        load_shedding_step& of_;
    };

    server::http_metrics& metrics_;
    std::size_t limit_;
    std::size_t at_work_ = 0;
};

} // namespace

step load_shedding(server::http_metrics& metrics, std::size_t limit) {
    return std::make_unique<load_shedding_step>(metrics, limit);
}

} // namespace bursar::middleware
