#include "server/event_loop.hpp"

#include "server/telemetry/log.hpp"

#include <ctime>

namespace bursar::server {

namespace {

#ifndef NDEBUG

constexpr auto longest_turn = std::chrono::milliseconds{10};

std::chrono::nanoseconds thread_time() noexcept {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
}

void warn_if_long(std::chrono::nanoseconds took) {
    if (took > longest_turn)
        log_warning("long_loop_turn")
            .with_milliseconds("duration_ms", std::chrono::duration_cast<std::chrono::microseconds>(took).count());
}

// What is ready is timed by the clock. When nothing is, run_one sleeps first, so only the thread's own time counts.
void run_watched(asio::io_context& loop) {
    for (;;) {
        const auto started = steady_clock::now();
        if (loop.poll_one() > 0) {
            warn_if_long(steady_clock::now() - started);
            continue;
        }
        const auto before = thread_time();
        if (loop.run_one() == 0)
            return;
        warn_if_long(thread_time() - before);
    }
}

#endif

} // namespace

void run_loop(asio::io_context& loop) {
#ifndef NDEBUG
    run_watched(loop);
#else
    loop.run();
#endif
}

} // namespace bursar::server
