#include "server/http/chain.hpp"

#include "server/http/answer.hpp"
#include "server/telemetry/log.hpp"

namespace bursar::server::http {

namespace {

class filter_run final : public middleware {
public:
    void add(std::shared_ptr<filter> f) { filters_.push_back(std::move(f)); }

    awaitable<response> handle(request_context& context, next rest) override {
        response answer;
        std::size_t passed = 0;
        try {
            auto refusal = enter(context, passed);
            if (refusal)
                answer = std::move(*refusal);
            else
                answer = co_await rest(context);
        } catch (...) {
            answer = caught(context);
        }
        while (passed > 0)
            leave(context, answer, *filters_[--passed]);
        co_return answer;
    }

private:
    // Asks one filter after the other until one answers. `passed` counts those that did not.
    std::optional<response> enter(request_context& context, std::size_t& passed) {
        for (; passed < filters_.size(); ++passed)
            if (auto refusal = filters_[passed]->before(context))
                return refusal;
        return std::nullopt;
    }

    static void leave(request_context& context, response& answer, filter& by) {
        try {
            by.after(context, answer);
        } catch (...) {
            answer = caught(context);
        }
    }

    // 500 for the exception at hand; what it said goes to the log.
    static response caught(request_context& context) {
        return problem(context, error{errc::internal, what_of(std::current_exception())});
    }

    std::vector<std::shared_ptr<filter>> filters_;
};

} // namespace

settled_steps chain::steps_for(const route& r) const {
    settled_steps settled;
    std::shared_ptr<filter_run> run;
    for (const auto& each : steps_) {
        if (!each->applies_to(r))
            continue;
        if (auto waits = std::dynamic_pointer_cast<middleware>(each)) {
            settled.push_back(std::move(waits));
            run.reset();
            continue;
        }
        if (!run)
            settled.push_back(run = std::make_shared<filter_run>());
        run->add(std::dynamic_pointer_cast<filter>(each));
    }
    return settled;
}

} // namespace bursar::server::http
