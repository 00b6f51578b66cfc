#include "middleware/denial_log.hpp"
#include "middleware/steps.hpp"

namespace bursar::middleware {

namespace {

using server::permission;

class denials_step final : public http::middleware {
public:
    explicit denials_step(denial_log& log)
        : log_(log) {}

    bool applies_to(const http::route& r) const override { return std::holds_alternative<permission>(*r.access); }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        if (context.caller->may(std::get<permission>(*context.route->access)))
            return rest(context);
        const auto count = log_.add(context);
        return count == 0 ? rest(context) : tell(context, rest, count);
    }

private:
    awaitable<http::response> tell(http::request_context& context, http::next rest, std::uint64_t count) {
        co_await log_.tell(context, count);
        co_return co_await rest(context);
    }

    denial_log& log_;
};

} // namespace

step denials(denial_log& log) {
    return std::make_shared<denials_step>(log);
}

} // namespace bursar::middleware
