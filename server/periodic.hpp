// Work that is done at the start and then every so often, until it is stopped. Belongs to one loop's thread; its run()
// is spawned into a task group, which it must outlive. The work handles its own failures.
#pragma once

#include "server/asio.hpp"

#include <functional>

namespace bursar::server {

class periodic {
public:
    // Returns whether there is more to do at once.
    using work = std::function<awaitable<bool>()>;

    periodic(asio::io_context& loop, std::chrono::milliseconds pause, work what)
        : timer_(loop.get_executor())
        , pause_(pause)
        , what_(std::move(what)) {}

    awaitable<> run();

    // Ends the pause; work that is under way is waited for by the task group.
    void stop() noexcept {
        stopped_ = true;
        timer_.cancel();
    }

private:
    timer timer_;
    std::chrono::milliseconds pause_;
    work what_;
    bool stopped_ = false;
};

} // namespace bursar::server
