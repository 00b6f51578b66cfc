#include "handlers/ledger/final_time.hpp"

#include <boost/asio/redirect_error.hpp>

#include <algorithm>

namespace bursar::handlers {

using server::deadline;
using server::steady_clock;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 250ms;
// From a batch's decision to its arrival in PostgreSQL; one that takes longer is decided anew.
constexpr auto margin = 20ms;
constexpr auto recent = 1s;
constexpr auto between_looks = 2ms;
// As much as PostgreSQL believes: what is further ahead was made final by a clock that has been set back.
constexpr auto believed_ahead = 1s;

} // namespace

final_time::final_time(
    server::asio::io_context& loop, db::client& database, const db::repositories::final_time_repository& rows)
    : loop_(loop)
    , database_(database)
    , rows_(rows)
    , raised_(loop.get_executor(), steady_clock::time_point::max()) {}

// An attempt that is under way, however it ends.
struct final_time::raising {
    explicit raising(final_time& of)
        : of_(of) {
        of_.raising_ = true;
    }
    ~raising() {
        of_.raising_ = false;
        of_.raised_.cancel();
    }
    raising(const raising&) = delete;
    raising& operator=(const raising&) = delete;
    final_time& of_;
};

bool final_time::is_final(timestamp at) const noexcept {
    return at < final_before_ && final_before_ <= server::now() + believed_ahead;
}

awaitable<> final_time::reach(timestamp wanted) {
    wanted = std::min(wanted, server::now());
    const auto until = steady_clock::now() + patience;
    while (!is_final(wanted) && steady_clock::now() < until) {
        if (raising_) {
            boost::system::error_code ignored;
            co_await raised_.async_wait(server::asio::redirect_error(server::use_awaitable, ignored));
            continue;
        }
        const raising under_way{*this};
        co_await raise(wanted, until);
        break;
    }
}

awaitable<> final_time::reach_recent() {
    return reach(server::now() - recent);
}

awaitable<bool> final_time::keep_recent() {
    co_await reach_recent();
    co_return false;
}

// All that can be had, so that who waits meanwhile has it too.
awaitable<> final_time::raise(timestamp wanted, deadline until) {
    if (const auto early = wanted + margin - server::now(); early > 0us)
        co_await pause(early);
    auto floor = co_await rows_.raise(database_, std::max(wanted + 1us, server::now() - margin), until);
    if (!floor)
        co_return;
    final_before_ = floor->final_before;
    while (floor->at > final_before_ && steady_clock::now() < until) {
        co_await pause(between_looks);
        const auto settled = co_await rows_.settle(database_, *floor, until);
        if (!settled)
            co_return;
        if (*settled)
            final_before_ = floor->at;
    }
}

awaitable<> final_time::pause(std::chrono::microseconds time) {
    server::timer timer{loop_.get_executor(), time};
    boost::system::error_code ignored;
    co_await timer.async_wait(server::asio::redirect_error(server::use_awaitable, ignored));
}

} // namespace bursar::handlers
