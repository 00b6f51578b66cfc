#include "server/rate_limits/redis_link.hpp"

#include <hiredis/async.h>

#include <string>
#include <utility>
#include <vector>

namespace bursar::server::rate_limits {

// What hiredis asks of an event loop.
struct redis_link::hooks {
    static redis_link& of(void* link) noexcept { return *static_cast<redis_link*>(link); }

    static void add_read(void* link) {
        of(link).wants_read_ = true;
        of(link).wait_read();
    }
    static void del_read(void* link) { of(link).wants_read_ = false; }
    static void add_write(void* link) {
        of(link).wants_write_ = true;
        of(link).wait_write();
    }
    static void del_write(void* link) { of(link).wants_write_ = false; }
    static void cleanup(void* link) { of(link).detached(); }

    static void replied(redisAsyncContext*, void* reply, void* handler) {
        const std::unique_ptr<reply_handler> done{static_cast<reply_handler*>(handler)};
        (*done)(static_cast<const redisReply*>(reply));
    }
};

std::shared_ptr<redis_link>
redis_link::connect(asio::io_context& loop, const asio::ip::tcp::endpoint& to, loss_handler lost) {
    auto made = std::make_shared<redis_link>(loop);
    if (!made->attach(to))
        return nullptr;
    made->lost_ = std::move(lost);
    return made;
}

redis_link::redis_link(asio::io_context& loop)
    : descriptor_(loop) {}

redis_link::~redis_link() {
    close();
}

bool redis_link::attach(const asio::ip::tcp::endpoint& to) {
    // An address in numbers: hiredis would look up a name while the loop stands.
    auto* const made = redisAsyncConnect(to.address().to_string().c_str(), to.port());
    if (made == nullptr)
        return false;
    boost::system::error_code failed;
    if (made->err == 0)
        descriptor_.assign(made->c.fd, failed);
    if (made->err != 0 || failed) {
        redisAsyncFree(made);
        return false;
    }
    context_ = made;
    made->ev.data = this;
    made->ev.addRead = hooks::add_read;
    made->ev.delRead = hooks::del_read;
    made->ev.addWrite = hooks::add_write;
    made->ev.delWrite = hooks::del_write;
    made->ev.cleanup = hooks::cleanup;
    return true;
}

bool redis_link::send(std::span<const std::string_view> words, reply_handler done) {
    if (context_ == nullptr)
        return false;
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const auto word : words) {
        texts.push_back(word.data());
        sizes.push_back(word.size());
    }
    auto handler = std::make_unique<reply_handler>(std::move(done));
    if (redisAsyncCommandArgv(
            context_, hooks::replied, handler.get(), static_cast<int>(words.size()), texts.data(), sizes.data()) !=
        REDIS_OK)
        return false;
    static_cast<void>(handler.release()); // hooks::replied has it now
    return true;
}

// Within a reply's handler hiredis frees its context when that has returned.
void redis_link::close() noexcept {
    lost_ = nullptr;
    if (context_ != nullptr)
        redisAsyncFree(context_);
}

// hiredis is about to close the descriptor, whoever wanted that.
void redis_link::detached() {
    const std::string why = context_->err != 0 ? context_->errstr : "the connection was closed";
    context_ = nullptr;
    if (descriptor_.is_open())
        descriptor_.release();
    if (const auto lost = std::exchange(lost_, nullptr))
        lost(why);
}

void redis_link::wait_read() {
    if (!descriptor_.is_open() || std::exchange(waits_read_, true))
        return;
    descriptor_.async_wait(descriptor_.wait_read, [self = shared_from_this()](boost::system::error_code failed) {
        self->waits_read_ = false;
        if (failed || self->context_ == nullptr || !self->wants_read_)
            return;
        redisAsyncHandleRead(self->context_);
        if (self->wants_read_)
            self->wait_read();
    });
}

void redis_link::wait_write() {
    if (!descriptor_.is_open() || std::exchange(waits_write_, true))
        return;
    descriptor_.async_wait(descriptor_.wait_write, [self = shared_from_this()](boost::system::error_code failed) {
        self->waits_write_ = false;
        if (failed || self->context_ == nullptr || !self->wants_write_)
            return;
        redisAsyncHandleWrite(self->context_);
        if (self->wants_write_)
            self->wait_write();
    });
}

} // namespace bursar::server::rate_limits
