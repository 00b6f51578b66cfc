// One timer for all deadlines of a client: it ticks while something is waiting or sent, and sleeps otherwise.
#pragma once

#include "server/asio.hpp"

#include <functional>
#include <memory>

namespace bursar::db {

class sweeper : public std::enable_shared_from_this<sweeper> {
public:
    static constexpr std::chrono::milliseconds period{10};

    // `sweep` says whether there is something left to watch.
    sweeper(server::asio::io_context& loop, std::function<bool(server::steady_clock::time_point)> sweep)
        : timer_(loop)
        , sweep_(std::move(sweep)) {}

    void wake() {
        if (!std::exchange(ticking_, true))
            tick();
    }

    void stop() {
        sweep_ = nullptr;
        timer_.cancel();
    }

private:
    struct ticked {
        std::shared_ptr<sweeper> self;
        void operator()(boost::system::error_code) const {
            if (!self->sweep_)
                return;
            // Before the sweep: it resumes callers, whose next calls must find the timer set or set it.
            self->ticking_ = false;
            if (self->sweep_(server::steady_clock::now()) && self->sweep_)
                self->wake();
        }
    };

    void tick() {
        timer_.expires_after(period);
        timer_.async_wait(ticked{shared_from_this()});
    }

    server::timer timer_;
    std::function<bool(server::steady_clock::time_point)> sweep_;
    bool ticking_ = false;
};

} // namespace bursar::db
