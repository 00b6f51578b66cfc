#include "server/periodic.hpp"

#include <boost/asio/redirect_error.hpp>

namespace bursar::server {

awaitable<> periodic::run() {
    while (!stopped_) {
        if (co_await what_())
            continue;
        if (stopped_)
            co_return;
        timer_.expires_after(pause_);
        boost::system::error_code cancelled;
        co_await timer_.async_wait(asio::redirect_error(use_awaitable, cancelled));
    }
}

} // namespace bursar::server
