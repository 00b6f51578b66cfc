// The members of connection that read a request's body, or get rid of one that nobody read. Beside connection_impl.hpp.
#pragma once

#include "server/http/connection_impl.hpp"

namespace bursar::server::http {

// Reads what there is, waiting for it. 0: the client ended, failed or took too long.
template <class Stream>
awaitable<std::size_t> connection<Stream>::receive(char* into, std::size_t room) {
    error_code ec;
    std::size_t n = 0;
    if constexpr (is_plain<Stream>) {
        n = stream_.read_some(asio::buffer(into, room), ec);
        while (would_block(ec) && !expired_) {
            co_await stream_.async_wait(asio::socket_base::wait_read, asio::redirect_error(use_awaitable, ec));
            if (!ec)
                n = stream_.read_some(asio::buffer(into, room), ec);
        }
    } else {
        n = co_await stream_.async_read_some(asio::buffer(into, room), asio::redirect_error(use_awaitable, ec));
    }
    co_return ec || expired_ ? 0 : n;
}

template <class Stream>
bool connection<Stream>::body_buffered() const noexcept {
    return !head_.chunked && input_.size() >= body_left_;
}

template <class Stream>
error connection<Stream>::body_failure() {
    if (expired_)
        return to_error({errc::request_timeout, "the body took too long"});
    return to_error({errc::malformed_request, "the connection ended inside the body"});
}

template <class Stream>
awaitable<result<std::string>> connection<Stream>::read(std::size_t limit) {
    if (body_ == body_state::none)
        co_return std::string{};
    if (body_ != body_state::unread)
        co_return error{errc::internal, "the body was asked for twice"};
    if (body_left_ > limit)
        co_return error{errc::payload_too_large, "Content-Length is beyond the limit"};
    body_ = body_state::partly;
    const bool buffered = body_buffered();
    if (std::exchange(owes_continue_, false) && input_.size() == 0)
        output_ += "HTTP/1.1 100 Continue\r\n\r\n";
    // The client may be waiting for these answers before it sends the rest.
    if (!buffered && !write_now())
        co_await write_rest();
    // Not one conditional expression: GCC 12 copies the awaited temporaries of its arms bit by bit.
    result<std::string> body;
    if (head_.chunked)
        body = co_await read_chunked(limit);
    else
        body = co_await read_sized();
    disarm();
    if (body && !buffered && context_ != nullptr)
        context_->expires = steady_clock::now() + shared_->options.request_timeout;
    co_return body;
}

template <class Stream>
awaitable<result<std::string>> connection<Stream>::read_sized() {
    const auto& options = shared_->options;
    const auto total = body_left_;
    const auto buffered = static_cast<std::size_t>(std::min<std::uint64_t>(input_.size(), total));
    std::string body{input_.bytes().substr(0, buffered)};
    input_.begin += buffered;
    body_left_ -= buffered;
    const auto started = shared_->now();
    arm(options.body_timeout, wait::input);
    while (body_left_ > 0) {
        // Grown with what has come, not with what was promised.
        const auto had = body.size();
        const auto room = std::min<std::uint64_t>(body_left_, std::max<std::size_t>(had, 16U << 10U));
        body.resize(had + static_cast<std::size_t>(room));
        const auto n = co_await receive(body.data() + had, static_cast<std::size_t>(room));
        body.resize(had + n);
        if (n == 0)
            co_return body_failure();
        body_left_ -= n;
        due = started + allowance(options.body_timeout, body.size(), options.body_rate) + options.sweep_interval;
    }
    body_ = body_state::done;
    co_return body;
}

template <class Stream>
awaitable<result<std::string>> connection<Stream>::read_chunked(std::size_t limit) {
    const auto& options = shared_->options;
    std::string body;
    const auto started = shared_->now();
    arm(options.body_timeout, wait::input);
    for (;;) {
        input_.begin += chunks_.feed(input_.bytes(), &body);
        if (chunks_.refused())
            co_return to_error(*chunks_.refused());
        if (chunks_.announced() > limit)
            co_return error{errc::payload_too_large, "the chunks are beyond the limit"};
        if (chunks_.done())
            break;
        if (!co_await more_chunks())
            co_return body_failure();
        due = started + allowance(options.body_timeout, body.size(), options.body_rate) + options.sweep_interval;
    }
    body_ = body_state::done;
    co_return body;
}

// Refills the used-up buffer without touching the head, which is still being looked at.
template <class Stream>
awaitable<bool> connection<Stream>::more_chunks() {
    if (input_.capacity - head_end_ < input_buffer::usual / 4) {
        if (input_.capacity > input_buffer::usual)
            shared_->give_head_room(input_.capacity - input_buffer::usual);
        retired_ = std::move(input_.data);
        shared_->take(input_);
        head_end_ = 0;
    }
    input_.begin = input_.end = head_end_;
    const auto n = co_await receive(input_.data.get() + input_.end, input_.room());
    input_.end += n;
    co_return n > 0;
}

template <class Stream>
bool connection<Stream>::skip_buffered_body() {
    if (body_ == body_state::partly && (chunks_.refused() || expired_))
        return false;
    if (head_.chunked) {
        input_.begin += chunks_.feed(input_.bytes(), nullptr);
        if (!chunks_.done())
            return false;
    } else {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(input_.size(), body_left_));
        input_.begin += n;
        body_left_ -= n;
        if (body_left_ > 0)
            return false;
    }
    body_ = body_state::done;
    return true;
}

// A short rest is cheaper to read than a new connection. A client that waits for 100 may never send it. How long a
// chunked rest is shows only while it comes: one that grows too long ends the connection unannounced.
template <class Stream>
bool connection<Stream>::body_can_be_dropped() const noexcept {
    const auto size = head_.chunked ? chunks_.announced() : body_left_;
    return body_ == body_state::unread && !owes_continue_ && !chunks_.refused() && size <= shared_->options.drain_bytes;
}

template <class Stream>
awaitable<> connection<Stream>::drop_body() {
    if (!write_now())
        co_await write_rest();
    arm(shared_->options.body_timeout, wait::critical);
    const auto room = spare_room();
    while (!gone_ && keep_ && body_ != body_state::done) {
        const auto n = co_await receive(room.data(), room.size());
        gone_ = n == 0;
        input_.begin = 0;
        input_.end = n;
        if (!skip_buffered_body() && !body_can_be_dropped())
            keep_ = in_step_ = false;
    }
    disarm();
}

} // namespace bursar::server::http
