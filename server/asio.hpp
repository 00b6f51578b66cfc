// Asio with one concrete executor. Every coroutine, socket and timer of bursar uses these names: a type-erased
// executor costs about 2,700 instructions a request on the hot path.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace bursar::server {

namespace asio = boost::asio;

using executor = asio::io_context::executor_type;

template <class T = void>
using awaitable = asio::awaitable<T, executor>;

inline constexpr asio::use_awaitable_t<executor> use_awaitable{};

using steady_clock = std::chrono::steady_clock;

// The instant after which a caller no longer wants the answer. Fixed when a request arrives, handed to every call.
using deadline = steady_clock::time_point;

using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, executor>;
using timer = asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, executor>;

} // namespace bursar::server
