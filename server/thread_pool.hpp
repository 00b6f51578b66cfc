// Threads for work that would hold up the loop: hashing, rendering, parsing, compressing. The queue is bounded; work
// that does not fit is refused rather than queued without end.
#pragma once

#include "server/asio.hpp"
#include "server/error.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <optional>
#include <type_traits>

namespace bursar::server {

class thread_pool {
public:
    // At most `queue_limit` pieces of work waiting or running.
    thread_pool(asio::io_context& loop, std::size_t threads, std::size_t queue_limit)
        : loop_(loop)
        , pool_(threads)
        , queue_limit_(queue_limit) {}

    // Runs fn on a thread and comes back to the loop with what it returned; rethrows there what it threw. Fails with
    // errc::overloaded, without running it, when the queue is full. fn must own what it uses: a caller that goes away
    // does not stop it.
    template <class Function>
    awaitable<result<std::invoke_result_t<Function&>>> compute(Function fn) {
        if (pending_ >= queue_limit_)
            co_return error{errc::overloaded, "thread pool queue is full"};
        ++pending_;
        job<Function> work{std::move(fn), {}, {}};
        const initiation<Function> start{*this, work};
        co_await asio::async_initiate<const asio::use_awaitable_t<executor>&, void()>(start, use_awaitable);
        --pending_;
        if (work.failure)
            std::rethrow_exception(work.failure);
        co_return std::move(*work.value);
    }

    std::size_t pending() const noexcept { return pending_; }

private:
    template <class Function>
    struct job {
        Function run;
        std::optional<std::invoke_result_t<Function&>> value;
        std::exception_ptr failure;
    };

    template <class Function>
    struct initiation {
        thread_pool& pool;
        job<Function>& work;

        template <class Handler>
        void operator()(Handler&& done) const {
            auto guard = asio::make_work_guard(pool.loop_);
            asio::post(pool.pool_, [&w = work, guard = std::move(guard), done = std::forward<Handler>(done)]() mutable {
                try {
                    w.value.emplace(w.run());
                } catch (...) {
                    w.failure = std::current_exception();
                }
                asio::post(guard.get_executor(), std::move(done));
            });
        }
    };

    asio::io_context& loop_;
    asio::thread_pool pool_;
    std::size_t queue_limit_;
    std::size_t pending_ = 0; // touched on the loop's thread only
};

} // namespace bursar::server
