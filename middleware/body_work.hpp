// What takes as long as the body is long is done on the thread pool where the body is long.
#pragma once

#include "server/http/context.hpp"
#include "server/thread_pool.hpp"

namespace bursar::middleware {

// A shorter one is done with sooner than handed over.
inline constexpr std::size_t long_body = std::size_t{64} << 10U;

inline bool has_long_body(const server::http::request_context& context) noexcept {
    return context.payload.size() >= long_body;
}

// For the context's own coroutine, which waits here: what the work refers to stays meanwhile. deadline_exceeded when it
// took the request's time, overloaded when the pool has too much to do.
template <class Work>
server::awaitable<server::result<std::invoke_result_t<Work&>>>
on_pool(server::thread_pool& pool, const server::http::request_context& context, Work work) {
    auto done = co_await pool.compute(std::move(work));
    const bool ends = context.expires != server::deadline{};
    if (done && ends && context.expires <= server::steady_clock::now())
        co_return server::error{server::errc::deadline_exceeded, "the body took the time of the request"};
    co_return done;
}

} // namespace bursar::middleware
