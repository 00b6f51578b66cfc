// The members of connection that write answers. Beside connection_impl.hpp.
#pragma once

#include "server/http/connection_impl.hpp"

namespace bursar::server::http {

// Writes what the socket takes at once. True: nothing is left to write, or nobody to write to.
template <class Stream>
bool connection<Stream>::write_now() {
    if (output_.empty() || gone_)
        return true;
    if constexpr (is_plain<Stream>) {
        if (writing_)
            return false;
        error_code ec;
        const auto n = stream_.write_some(asio::buffer(output_.data() + sent_, output_.size() - sent_), ec);
        took(n);
        if (ec && !would_block(ec))
            gone_ = true;
        if (sent_ < output_.size() && !gone_)
            return false;
        output_.clear();
        sent_ = 0;
        return true;
    } else {
        return false;
    }
}

// True: so much that the client's time begins anew.
template <class Stream>
bool connection<Stream>::took(std::size_t bytes) noexcept {
    const auto& options = shared_->options;
    sent_ += bytes;
    taken_ += bytes;
    if (taken_ < options.write_rate * static_cast<std::size_t>(options.write_timeout.count()) / 1000)
        return false;
    taken_ = 0;
    waited_ = {};
    return true;
}

// How long the client is waited for is counted through all pieces of an answer, and what it takes as well: pieces that
// are small make no difference.
template <class Stream>
awaitable<> connection<Stream>::write_rest() {
    const auto& options = shared_->options;
    writing_ = true;
    shared_->begin_unread(*this, output_.size() - sent_);
    auto since = shared_->now();
    arm(options.write_timeout - waited_, wait::critical);
    while (!gone_ && sent_ < output_.size()) {
        error_code ec;
        const auto n = co_await stream_.async_write_some(
            asio::buffer(output_.data() + sent_, output_.size() - sent_), asio::redirect_error(use_awaitable, ec));
        if (took(n)) {
            since = shared_->now();
            arm(options.write_timeout, wait::critical);
        }
        if (ec || expired_)
            gone_ = true;
    }
    waited_ += std::chrono::duration_cast<std::chrono::milliseconds>(shared_->now() - since);
    disarm();
    shared_->end_unread(*this);
    writing_ = false;
    output_.clear();
    sent_ = 0;
}

// Answers that wait for a request whose handler has gone to sleep are sent without it: after this turn of the loop.
template <class Stream>
void connection<Stream>::flush_soon() {
    if (std::exchange(flush_posted_, true))
        return;
    asio::post(socket().get_executor(), [self = this->shared_from_this()] {
        self->flush_posted_ = false;
        if (self->context_ != nullptr)
            self->write_now();
    });
}

template <class Stream>
awaitable<result<>> connection<Stream>::write(std::string_view piece) {
    if (!gone_ && !piece.empty()) {
        if (chunked_answer_)
            append_chunk_size(output_, piece.size());
        output_ += piece;
        if (chunked_answer_)
            output_ += "\r\n";
        if (!write_now())
            co_await write_rest();
    }
    if (gone_)
        co_return error{errc::internal, "the client is gone"};
    co_return result<>{};
}

} // namespace bursar::server::http
