#include "middleware/byte_budget.hpp"
#include "middleware/steps.hpp"
#include "server/http/answer.hpp"
#include "server/schema/read.hpp"
#include "server/whole_number.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace bursar::middleware {

namespace {

// Bodies up to this are read into the session's usual buffer, and their number is bounded by that of the requests.
constexpr std::size_t small_body = std::size_t{16} << 10U;
// What is set aside for a large answer while nobody knows how large it is: a usual page, or a piece of a stream.
constexpr std::size_t large_answer = std::size_t{1} << 20U;
// And what a row of a page that says its length takes at its worst: in the database's answer, as a row, and as JSON
// that grows.
constexpr std::size_t large_row = std::size_t{72} << 10U;
constexpr std::size_t most_rows = 100;

std::size_t page_of(std::string_view query) {
    const auto limit = server::schema::find_parameter(query, "limit");
    if (!limit)
        return large_answer;
    const auto rows = server::parse_whole_number<std::size_t>(*limit).value_or(most_rows); // else it is refused
    return std::clamp<std::size_t>(rows, 1, most_rows) * large_row;
}

class request_memory_step final : public http::middleware {
public:
    request_memory_step(http::request_metrics& metrics, std::size_t most, std::size_t most_of_one)
        : metrics_(metrics)
        , budget_(most, most_of_one) {}

    bool applies_to(const http::route& r) const override {
        const bool large_body = r.body && r.body_limit > small_body;
        return !std::holds_alternative<http::anyone>(*r.access) && (large_body || r.answer != http::answer_size::small);
    }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        const auto body = body_of(context);
        const auto wanted = std::min(body + answer_of(context), budget_.most_of_one());
        return wanted == 0 ? rest(context) : hold(context, rest, body, wanted);
    }

private:
    struct waiting final : byte_budget::waiter {
        waiting(byte_budget& budget, const server::uuid& org, std::size_t bytes, const server::executor& loop)
            : waiter(budget, org, bytes)
            , turn(loop) {}
        void admit() override {
            admitted = true;
            turn.cancel();
        }
        server::timer turn;
        bool admitted = false;
    };

    // Four times its length: the text, what is made of it, what is sent to the database, and the answer. One that comes
    // in chunks may be as long as it is allowed to.
    static std::size_t body_of(const http::request_context& context) noexcept {
        const auto& route = *context.route;
        if (!context.request.has_body || !route.body)
            return 0;
        const auto length = context.request.content_length.value_or(route.body_limit);
        const bool counts = length > small_body && length <= route.body_limit; // beyond: refused unread
        return counts ? 4 * static_cast<std::size_t>(length) : 0;
    }

    static std::size_t answer_of(const http::request_context& context) {
        const auto size = context.route->answer;
        const bool large = size == http::answer_size::large ||
                           (size == http::answer_size::large_if_asked && !context.request.query.empty());
        return large ? page_of(context.request.query) : 0;
    }

    // Held until the client has taken the answer: the context goes then.
    awaitable<http::response>
    hold(http::request_context& context, http::next rest, std::size_t body, std::size_t wanted) {
        const auto org = context.caller->org;
        if (!budget_.take(org, wanted) && !co_await wait(org, wanted, context.expires)) {
            metrics_.shed().Increment();
            co_return http::problem(context, error{errc::overloaded, "no room for the body or the answer"});
        }
        auto& held = context.state.emplace<byte_budget::holding>(budget_, org, wanted);
        auto answer = co_await rest(context);
        if (!answer.stream)
            held.become(body + answer.body.size());
        co_return answer;
    }

    awaitable<bool> wait(server::uuid org, std::size_t bytes, server::deadline until) {
        waiting self{budget_, org, bytes, co_await server::asio::this_coro::executor};
        self.turn.expires_at(until);
        budget_.wait(self);
        if (self.admitted)
            co_return true;
        metrics_.waiting().Increment();
        boost::system::error_code cancelled;
        co_await self.turn.async_wait(server::asio::redirect_error(server::use_awaitable, cancelled));
        metrics_.waiting().Decrement();
        co_return self.admitted;
    }

    http::request_metrics& metrics_;
    byte_budget budget_;
};

} // namespace

step request_memory(http::request_metrics& metrics, std::size_t most, std::size_t most_of_one) {
    return std::make_shared<request_memory_step>(metrics, most, most_of_one);
}

} // namespace bursar::middleware
