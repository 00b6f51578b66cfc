#include "middleware/fair_share.hpp"
#include "middleware/steps.hpp"
#include "server/http/answer.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>

namespace bursar::middleware {

namespace {

// A write of the ledger waits for a commit most of its time, and in a queue that is fair by itself; with few of them at
// work each commit would be for few.
constexpr std::size_t ordinary = 4;
constexpr std::size_t ledger_write = 1;

std::size_t weight_of(const http::route& r) noexcept {
    const bool waits = r.idempotent == http::idempotency::by_handler && r.rate != http::rate_class::expensive;
    return waits ? ledger_write : ordinary;
}

class tenant_fairness_step final : public http::middleware {
public:
    tenant_fairness_step(http::request_metrics& metrics, std::size_t headroom, std::size_t in_flight_limit)
        : metrics_(metrics)
        , share_(ordinary * headroom, in_flight_limit) {}

    bool applies_to(const http::route& r) const override { return !std::holds_alternative<http::anyone>(*r.access); }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        const auto loop = co_await server::asio::this_coro::executor;
        auto& mine = share_.arrive(context.caller->org, context.started);
        const auto weight = weight_of(*context.route);
        if (!share_.start(mine, weight)) {
            const auto refusal = co_await wait(mine, weight, loop, context.expires);
            if (refusal)
                co_return http::problem(context, *refusal);
        }
        http::response answer;
        try {
            answer = co_await rest(context);
        } catch (...) {
            leave(mine, weight, loop);
            throw;
        }
        leave(mine, weight, loop);
        co_return answer;
    }

private:
    // Wakes its coroutine on a turn of its own, so that admitting many takes no longer than admitting one.
    struct waiting final : fair_share::waiter {
        waiting(const server::executor& loop, server::deadline until)
            : turn(loop, until) {}
        void admit() override {
            admitted = true;
            turn.cancel();
        }
        server::timer turn;
        bool admitted = false;
    };

    awaitable<std::optional<error>>
    wait(fair_share::tenant& whose, std::size_t weight, server::executor loop, server::deadline until) {
        waiting self{loop, until};
        if (!share_.wait(whose, self, weight)) {
            metrics_.shed().Increment();
            co_return error{errc::overloaded, "too many requests of the organization wait"};
        }
        metrics_.waiting().Increment();
        boost::system::error_code cancelled;
        co_await self.turn.async_wait(server::asio::redirect_error(server::use_awaitable, cancelled));
        metrics_.waiting().Decrement();
        if (self.admitted)
            co_return std::nullopt;
        co_return error{errc::deadline_exceeded, "waited for others of the organization"};
    }

    void leave(fair_share::tenant& whose, std::size_t weight, const server::executor& loop) {
        if (share_.leave(whose, weight))
            server::asio::post(loop, [this] { share_.settle(); });
    }

    http::request_metrics& metrics_;
    fair_share share_;
};

} // namespace

step tenant_fairness(http::request_metrics& metrics, std::size_t headroom, std::size_t in_flight_limit) {
    return std::make_shared<tenant_fairness_step>(metrics, headroom, in_flight_limit);
}

} // namespace bursar::middleware
