#include "server/task_group.hpp"

#include "server/telemetry/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>

namespace bursar::server {

task_group::task_group(asio::io_context& loop)
    : loop_(loop)
    , idle_(loop.get_executor()) {}

void task_group::spawn(std::string_view name, awaitable<> task) {
    ++running_;
    asio::co_spawn(loop_.get_executor(), std::move(task), [this, name](std::exception_ptr failure) {
        if (--running_ == 0)
            idle_.cancel();
        if (failure)
            log_exception("task_failed", failure).with("task", name);
    });
}

awaitable<bool> task_group::join(deadline until) {
    while (running_ > 0 && steady_clock::now() < until) {
        idle_.expires_at(until);
        boost::system::error_code ignored;
        co_await idle_.async_wait(asio::redirect_error(use_awaitable, ignored));
    }
    co_return running_ == 0;
}

} // namespace bursar::server
