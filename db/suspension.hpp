// A coroutine that waits for one event of the loop's thread, resumed inline: no post, no allocation, no type erasure.
// A member of the awaiting frame; whoever will resume it keeps only a pointer.
#pragma once

#include "server/asio.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>

#include <memory>
#include <optional>

namespace bursar::db {

class suspension {
public:
    // Completes when resume() is called. `given_up`, a callable, runs when the caller is cancelled; it must bring
    // about a resume() later, not within.
    template <class Abandon>
    server::awaitable<> wait(Abandon given_up) {
        return server::asio::async_initiate<const server::asio::use_awaitable_t<server::executor>&, void()>(
            park<Abandon>{this, std::move(given_up)}, server::use_awaitable);
    }

    void resume() {
        auto handler = take();
        std::move(handler)();
    }

    // Destroys the waiting coroutine, and with it this object.
    void discard() { const auto gone = take(); }

private:
    using handler_type =
        server::asio::async_result<server::asio::use_awaitable_t<server::executor>, void()>::handler_type;

    template <class Abandon>
    struct park {
        suspension* self;
        Abandon given_up;
        void operator()(handler_type handler) {
            auto slot = server::asio::get_associated_cancellation_slot(handler);
            self->handler_.emplace(std::move(handler));
            if (slot.is_connected())
                slot.assign([abandon = std::move(given_up)](server::asio::cancellation_type) mutable { abandon(); });
        }
    };

    handler_type take() {
        auto handler = std::move(*handler_);
        handler_.reset();
        if (auto slot = server::asio::get_associated_cancellation_slot(handler); slot.is_connected())
            slot.clear();
        return handler;
    }

    std::optional<handler_type> handler_;
};

} // namespace bursar::db
