// One connection of hiredis on the loop: commands out, replies in. hiredis parses and keeps the order; the waiting is
// Asio's, on hiredis's own descriptor, which is let go before hiredis closes it. Held by shared_ptr: its handlers keep
// it alive until they have run. Belongs to the loop's thread.
#pragma once

#include "server/asio.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string_view>

struct redisAsyncContext;
struct redisReply;

namespace bursar::server::rate_limits {

class redis_link : public std::enable_shared_from_this<redis_link> {
public:
    // Null: the connection was lost before the reply came.
    using reply_handler = std::function<void(const redisReply*)>;
    // The connection was lost; not called after close().
    using loss_handler = std::function<void(std::string_view why)>;

    // Begins to connect; what is sent meanwhile waits. Null when not even that is possible.
    static std::shared_ptr<redis_link>
    connect(asio::io_context& loop, const asio::ip::tcp::endpoint& to, loss_handler lost);

    explicit redis_link(asio::io_context& loop);
    ~redis_link();
    redis_link(const redis_link&) = delete;
    redis_link& operator=(const redis_link&) = delete;

    // `done` is called exactly once, from a handler of the loop or from close(); never when this returns false.
    bool send(std::span<const std::string_view> words, reply_handler done);
    void close() noexcept;

private:
    struct hooks;

    bool attach(const asio::ip::tcp::endpoint& to);
    void wait_read();
    void wait_write();
    void detached();

    asio::posix::basic_stream_descriptor<executor> descriptor_;
    redisAsyncContext* context_ = nullptr;
    loss_handler lost_;
    bool wants_read_ = false;
    bool wants_write_ = false;
    bool waits_read_ = false;
    bool waits_write_ = false;
};

} // namespace bursar::server::rate_limits
