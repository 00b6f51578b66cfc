// The members of connection. Included by the sources that compile it for one kind of stream, and by nothing else.
#pragma once

#include "server/http/answer.hpp"
#include "server/http/characters.hpp"
#include "server/http/connection.hpp"
#include "server/http/security_fields.hpp"
#include "server/http/serialize.hpp"
#include "server/telemetry/log.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream_base.hpp>

#include <cstring>
#include <span>

namespace bursar::server::http {

using boost::system::error_code;

template <class Stream>
inline constexpr bool is_plain = std::is_same_v<Stream, tcp_socket>;

inline bool would_block(const error_code& ec) noexcept {
    return ec == asio::error::would_block || ec == asio::error::try_again;
}

// How long a body may take: a fixed time, and more for what has to pass at the least rate.
inline std::chrono::milliseconds
allowance(std::chrono::milliseconds base, std::uint64_t bytes, std::size_t rate) noexcept {
    return base + std::chrono::milliseconds{bytes * 1000 / std::max<std::size_t>(rate, 1)};
}

// A pipelining client's answers are written together, up to this many bytes.
inline constexpr std::size_t output_batch = 64U << 10U;

template <class Stream>
connection<Stream>::connection(
    Stream stream, std::shared_ptr<connections> shared, asio::ip::address peer, bool turn_away)
    : stream_(std::move(stream))
    , shared_(std::move(shared))
    , peer_(std::move(peer))
    , scanner_(shared_->options.limits)
    , chunks_(shared_->options.limits)
    , turn_away_(turn_away) {
    shared_->add(*this);
}

template <class Stream>
connection<Stream>::~connection() {
    shared_->end_unread(*this);
    shared_->give_back(input_);
    shared_->give_back(output_);
    shared_->removed();
}

template <class Stream>
tcp_socket& connection<Stream>::socket() noexcept {
    if constexpr (is_plain<Stream>)
        return stream_;
    else
        return stream_.next_layer();
}

template <class Stream>
void connection<Stream>::expire() noexcept {
    error_code ignored;
    expired_ = true;
    if (writing_)
        reset();
    else if (wait_ == wait::critical)
        socket().close(ignored);
    else
        socket().cancel(ignored);
}

template <class Stream>
void connection<Stream>::abort() noexcept {
    error_code ignored;
    gone_ = true;
    socket().close(ignored);
}

// The client sees that it has not got all, and what it has not taken does not stay with the kernel.
template <class Stream>
void connection<Stream>::reset() noexcept {
    error_code ignored;
    socket().set_option(asio::socket_base::linger{true, 0}, ignored);
    abort();
}

template <class Stream>
void connection<Stream>::arm(std::chrono::milliseconds after, wait kind) noexcept {
    expired_ = false;
    wait_ = kind;
    due = shared_->now() + after + shared_->options.sweep_interval;
}

template <class Stream>
void connection<Stream>::disarm() noexcept {
    wait_ = wait::none;
    due = deadline::max();
}

template <class Stream>
awaitable<> connection<Stream>::run(std::shared_ptr<connection> self) {
    connection& s = *self;
    if (!is_plain<Stream> && !co_await s.handshake())
        co_return;
    if (s.turn_away_ && !s.plain_client_)
        s.refuse({errc::overloaded, "too many connections"}, {});
    else
        co_await s.converse();
    if (!s.gone_ && !s.write_now())
        co_await s.write_rest();
    if (!s.gone_)
        co_await s.linger();
}

template <class Stream>
awaitable<bool> connection<Stream>::handshake() {
    error_code ec;
    if constexpr (!is_plain<Stream>) {
        arm(shared_->options.handshake_timeout, wait::critical);
        co_await socket().async_wait(asio::socket_base::wait_read, asio::redirect_error(use_awaitable, ec));
        if (!ec && !expired_ && answer_plain_client()) {
            disarm();
            co_return true;
        }
        if (!ec && !expired_)
            co_await stream_.async_handshake(asio::ssl::stream_base::server, asio::redirect_error(use_awaitable, ec));
        disarm();
    }
    if (ec)
        log_debug("tls_handshake_failed").with("peer", peer_.to_string()).with("error", ec.message());
    co_return !ec && !expired_;
}

// Plain HTTP where TLS is spoken gets an answer that it can read. No TLS record begins with a letter. The socket
// is new, so that it takes all of the answer at once.
template <class Stream>
bool connection<Stream>::answer_plain_client() {
    error_code ec;
    std::array<char, 5> first{};
    const auto n = socket().receive(asio::buffer(first), asio::socket_base::message_peek, ec);
    if (ec || n == 0 || !is(first[0], token_char))
        return false;
    plain_client_ = true;
    const std::string_view begin{first.data(), n};
    refuse({errc::malformed_request, "this port speaks TLS, and its URLs begin with https"}, {}, begin == "HEAD ");
    socket().write_some(asio::buffer(output_), ec);
    output_.clear();
    return true;
}

template <class Stream>
bool connection<Stream>::secure() const noexcept {
    return !is_plain<Stream> && !plain_client_;
}

template <class Stream>
awaitable<> connection<Stream>::converse() {
    while (keep_ && !gone_) {
        const auto found = next_head();
        if (found == head_scanner::outcome::refused) {
            refuse(scanner_.reason(), part_of_head(), asks_by_head());
        } else if (found == head_scanner::outcome::complete) {
            if (const auto refused = begin_request())
                refuse(*refused, judged_head(), head_.method == verb::head);
            else
                co_await serve();
        } else {
            if (!write_now())
                co_await write_rest();
            if (gone_ || !co_await fill())
                co_return;
        }
    }
}

template <class Stream>
head_scanner::outcome connection<Stream>::next_head() {
    if (input_.size() == 0)
        return head_scanner::outcome::more;
    return scanner_.scan(input_.bytes());
}

template <class Stream>
std::optional<refusal> connection<Stream>::begin_request() {
    const auto block = input_.bytes().substr(scanner_.begin(), scanner_.end() - scanner_.begin());
    disarm();
    input_.begin += scanner_.end();
    head_end_ = input_.begin;
    head_ = request_head{};
    if (auto refused = read_head(block, shared_->options.limits, head_, fields_))
        return refused;
    request_.method = head_.method;
    request_.method_text = head_.method_text;
    request_.target = head_.target;
    request_.path = head_.path;
    request_.query = head_.query;
    request_.headers = &fields_;
    request_.peer = peer_;
    request_.secure = secure();
    request_.content_length = head_.content_length;
    request_.has_body = head_.chunked || head_.content_length.value_or(0) > 0;
    request_.source = this;
    body_ = request_.has_body ? body_state::unread : body_state::none;
    if (request_.has_body) {
        body_left_ = head_.content_length.value_or(0);
        chunks_ = chunk_decoder{shared_->options.limits};
    }
    owes_continue_ = head_.expects_continue && request_.has_body;
    return std::nullopt;
}

template <class Stream>
void connection<Stream>::end_request() {
    fields_.clear();
    request_ = request{};
    retired_.reset();
    scanner_ = head_scanner{shared_->options.limits};
}

template <class Stream>
awaitable<> connection<Stream>::serve() {
    request_context context{request_};
    context.client = peer_;
    context.started = steady_clock::now();
    context.expires = context.started + shared_->options.request_timeout;
    context_ = &context;
    taken_ = 0;
    waited_ = {};
    if (!output_.empty()) {
        if constexpr (is_plain<Stream>)
            flush_soon();
        else
            co_await write_rest();
    }
    std::exception_ptr failure;
    try {
        const response answer = co_await shared_->app.respond(context);
        settle(answer);
        if (answer.stream && !leaves_out_body(answer))
            co_await send_stream(answer);
        else
            append(answer);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure)
        answer_failure(failure);
    context_ = nullptr;
    if (keep_ && body_ != body_state::none && body_ != body_state::done)
        co_await drop_body();
    if (output_.size() >= output_batch && !write_now())
        co_await write_rest();
    end_request();
}

template <class Stream>
void connection<Stream>::answer_failure(const std::exception_ptr& failure) {
    log_exception("request_failed", failure).with("request_id", context_->request_id);
    auto answer = problem(errc::internal, context_->request_id);
    if (const std::string_view id = context_->request_id; !id.empty())
        answer.headers.add("X-Request-Id", id);
    add_security_fields(answer.headers, secure());
    add_cors_fields(answer.headers, shared_->options.cors, request_.header(field::origin));
    answer.close = true;
    settle(answer);
    append(answer);
}

template <class Stream>
void connection<Stream>::settle(const response& answer) {
    const bool body_read = body_ == body_state::none || body_ == body_state::done || skip_buffered_body();
    in_step_ = body_read || body_can_be_dropped();
    keep_ = head_.keep_alive && !answer.close && !shared_->draining() && !gone_ && in_step_;
}

template <class Stream>
bool connection<Stream>::leaves_out_body(const response& answer) const noexcept {
    return head_.method == verb::head || answer.status == 204 || answer.status == 304;
}

template <class Stream>
void connection<Stream>::append(const response& answer) {
    if (output_.empty() && output_.capacity() < 64)
        shared_->take(output_);
    auto body = framing::length;
    if (answer.status == 204 || answer.status == 304)
        body = framing::none;
    else if (answer.stream)
        body = head_.http_1_1 ? framing::chunked : framing::until_close;
    auto standing = persistence::standing;
    if (!keep_)
        standing = persistence::close;
    else if (!head_.http_1_1)
        standing = persistence::keep_alive;
    append_head(output_, answer, body, answer.body.size(), standing, shared_->date_line());
    if (!answer.stream && !leaves_out_body(answer))
        output_ += answer.body;
}

template <class Stream>
awaitable<> connection<Stream>::send_stream(const response& answer) {
    chunked_answer_ = head_.http_1_1;
    if (!chunked_answer_)
        keep_ = false;
    append(answer);
    if (!write_now())
        co_await write_rest();
    result<> outcome;
    std::exception_ptr failure;
    try {
        outcome = co_await answer.stream(*this);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure)
        log_exception("stream_failed", failure).with("request_id", context_->request_id);
    if (failure || !outcome) {
        // Without the last chunk, and with a reset for HTTP/1.0, the client knows that the body is not whole.
        reset();
        keep_ = false;
    } else if (chunked_answer_) {
        output_ += "0\r\n\r\n";
    }
}

// Of a head that is not there as a whole.
template <class Stream>
std::string_view connection<Stream>::part_of_head() const noexcept {
    const auto bytes = input_.bytes();
    return bytes.substr(std::min(scanner_.begin(), bytes.size()));
}

template <class Stream>
bool connection<Stream>::asks_by_head() const noexcept {
    return part_of_head().starts_with("HEAD ");
}

// The one that begin_request() has passed over.
template <class Stream>
std::string_view connection<Stream>::judged_head() const noexcept {
    const auto size = scanner_.end() - scanner_.begin();
    return {input_.data.get() + head_end_ - size, size};
}

template <class Stream>
void connection<Stream>::refuse(const refusal& reason, std::string_view head, bool to_head) {
    const auto e = to_error(reason);
    const auto id = uuid::v7().to_string();
    auto answer = problem(e, id);
    answer.headers.add("X-Request-Id", id);
    add_security_fields(answer.headers, secure());
    add_cors_fields(answer.headers, shared_->options.cors, find_origin(head));
    head_ = request_head{};
    if (to_head)
        head_.method = verb::head;
    keep_ = in_step_ = false;
    append(answer);
    shared_->app.refused(e, id, peer_);
}

// The whole input buffer, emptied: the head at hand has been answered.
template <class Stream>
std::span<char> connection<Stream>::spare_room() {
    if (input_.capacity == 0)
        shared_->take(input_);
    input_.begin = input_.end = 0;
    return {input_.data.get(), input_.capacity};
}

// Half-closes and reads on for a while: a socket closed with unread bytes is reset, and a reset can overtake the answer
// on its way to the client.
template <class Stream>
awaitable<> connection<Stream>::linger() {
    const auto& options = shared_->options;
    arm(in_step_ ? options.settled_linger : options.linger_timeout, wait::critical);
    error_code ec;
    if constexpr (!is_plain<Stream>)
        if (!plain_client_)
            co_await stream_.async_shutdown(asio::redirect_error(use_awaitable, ec));
    socket().shutdown(asio::socket_base::shutdown_send, ec);
    const auto sink = spare_room();
    std::size_t dropped = 0;
    while (!ec && !expired_ && dropped < options.linger_bytes) {
        dropped += socket().read_some(asio::buffer(sink.data(), sink.size()), ec);
        if (would_block(ec))
            co_await socket().async_wait(asio::socket_base::wait_read, asio::redirect_error(use_awaitable, ec));
    }
    disarm();
}

// Waits for bytes of a head and reads them behind those that are there. An idle connection holds no buffer: a plain
// socket is waited for first and read then, TLS keeps what it must.
template <class Stream>
awaitable<bool> connection<Stream>::fill() {
    begin_wait();
    if (!make_room()) {
        refuse({errc::overloaded, "too many large heads"}, part_of_head(), asks_by_head());
        co_return false;
    }
    error_code ec;
    std::size_t n = 0;
    if constexpr (is_plain<Stream>) {
        do {
            co_await stream_.async_wait(asio::socket_base::wait_read, asio::redirect_error(use_awaitable, ec));
            if (ec || expired_)
                break;
            if (input_.capacity == 0)
                shared_->take(input_);
            n = stream_.read_some(asio::buffer(input_.data.get() + input_.end, input_.room()), ec);
        } while (would_block(ec));
    } else {
        n = co_await stream_.async_read_some(
            asio::buffer(input_.data.get() + input_.end, input_.room()), asio::redirect_error(use_awaitable, ec));
    }
    input_.end += n;
    end_wait(n);
    co_return n > 0;
}

template <class Stream>
void connection<Stream>::begin_wait() {
    const auto& options = shared_->options;
    if (input_.size() == 0) {
        shared_->give_back(input_);
        shared_->give_back(output_);
        arm(fresh_ ? options.header_timeout : options.idle_timeout, wait::input);
        idle = true;
        if (shared_->draining())
            due = std::min(due, shared_->now() + options.drain_idle + options.sweep_interval);
    } else if (wait_ == wait::none) {
        arm(options.header_timeout, wait::input);
    }
}

template <class Stream>
void connection<Stream>::end_wait(std::size_t received) {
    const bool was_idle = std::exchange(idle, false);
    if (received > 0) {
        fresh_ = false;
        if (was_idle)
            disarm();
    } else if (expired_ && !was_idle) {
        refuse({errc::request_timeout, "the header took too long"}, part_of_head(), asks_by_head());
    } else {
        gone_ = true;
    }
}

template <class Stream>
bool connection<Stream>::make_room() {
    if (input_.capacity == 0) {
        if constexpr (!is_plain<Stream>)
            shared_->take(input_);
        return true;
    }
    if (input_.room() > 0)
        return true;
    const auto size = input_.size();
    if (input_.begin >= input_buffer::usual / 2) {
        std::memmove(input_.data.get(), input_.data.get() + input_.begin, size);
    } else {
        if (!shared_->take_head_room(input_.capacity))
            return false;
        std::unique_ptr<char[]> larger{new char[input_.capacity * 2]};
        std::memcpy(larger.get(), input_.data.get() + input_.begin, size);
        input_.data = std::move(larger);
        input_.capacity *= 2;
    }
    input_.begin = 0;
    input_.end = size;
    return true;
}

} // namespace bursar::server::http
