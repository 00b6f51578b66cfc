#include "tests/support/http_client.hpp"

#include "server/http/headers.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

namespace bursar::tests {

namespace {

using server::http::iequals;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

bool ready(int s, short events, std::chrono::milliseconds within) {
    pollfd waiting{s, events, 0};
    return ::poll(&waiting, 1, static_cast<int>(within.count())) > 0;
}

int connect_to(const std::string& address, std::uint16_t port) {
    const bool v6 = address.find(':') != std::string::npos;
    const int s = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        fail("socket");
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    ::inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), v6 ? static_cast<void*>(&six.sin6_addr) : &four.sin_addr);
    const auto* generic = v6 ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&four);
    if (::connect(s, generic, v6 ? sizeof six : sizeof four) != 0) {
        const int reason = errno;
        ::close(s);
        errno = reason;
        fail("connect");
    }
    const int on = 1;
    ::setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return s;
}

} // namespace

std::optional<std::string> http_answer::header(std::string_view name) const {
    const std::string_view all = head;
    for (auto at = all.find("\r\n") + 2; at < all.size();) {
        const auto end = all.find("\r\n", at);
        const auto line = all.substr(at, end - at);
        at = end + 2;
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || !iequals(line.substr(0, colon), name))
            continue;
        const auto value = line.find_first_not_of(' ', colon + 1);
        return value == std::string_view::npos ? std::string{} : std::string{line.substr(value)};
    }
    return std::nullopt;
}

http_client::http_client(std::uint16_t port, const std::string& address)
    : socket_(connect_to(address, port)) {}

http_client::http_client(http_client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1))
    , received_(std::move(other.received_)) {}

http_client& http_client::operator=(http_client&& other) noexcept {
    std::swap(socket_, other.socket_);
    std::swap(received_, other.received_);
    return *this;
}

http_client::~http_client() {
    if (socket_ >= 0)
        ::close(socket_);
}

bool http_client::try_send(std::string_view bytes, std::chrono::milliseconds within) {
    const auto until = std::chrono::steady_clock::now() + within;
    while (!bytes.empty()) {
        const auto n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
            continue;
        }
        if (errno != EAGAIN)
            return false;
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0 || !ready(socket_, POLLOUT, left))
            return false;
    }
    return true;
}

void http_client::send(std::string_view bytes) {
    if (!try_send(bytes))
        throw std::runtime_error("the other side takes no more bytes");
}

void http_client::half_close() {
    ::shutdown(socket_, SHUT_WR);
}

void http_client::reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(socket_);
    socket_ = -1;
}

void http_client::shrink_receive_buffer() {
    const int size = 65536;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

bool http_client::fill() {
    if (!ready(socket_, POLLIN, patience))
        throw std::runtime_error("no answer in time; received so far:\n" + received_);
    char piece[65536];
    const auto n = ::recv(socket_, piece, sizeof piece, 0);
    if (n <= 0)
        return false;
    received_.append(piece, static_cast<std::size_t>(n));
    return true;
}

bool http_client::need(std::size_t bytes) {
    while (received_.size() < bytes)
        if (!fill())
            return false;
    return true;
}

std::optional<std::size_t> http_client::need_line(std::size_t from) {
    for (;;) {
        const auto end = received_.find("\r\n", from);
        if (end != std::string::npos)
            return end;
        if (!fill())
            return std::nullopt;
    }
}

void http_client::read_chunks(http_answer& answer, const std::function<void(std::string_view)>& take) {
    for (;;) {
        const auto end = need_line(0);
        std::size_t size = 0;
        if (!end || std::from_chars(received_.data(), received_.data() + *end, size, 16).ec != std::errc{}) {
            answer.complete = false;
            return;
        }
        received_.erase(0, *end + 2);
        if (!need(size + 2)) {
            answer.complete = false;
            take(received_);
            received_.clear();
            return;
        }
        take(std::string_view{received_}.substr(0, size));
        received_.erase(0, size + 2);
        if (size == 0)
            return;
    }
}

std::optional<http_answer> http_client::receive_head() {
    std::size_t end = std::string::npos;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
        if (!fill()) {
            if (received_.empty())
                return std::nullopt;
            throw std::runtime_error("the connection ended inside a head:\n" + received_);
        }
    http_answer answer;
    answer.head = received_.substr(0, end + 2);
    received_.erase(0, end + 4);
    if (answer.head.size() < 12 || answer.head.compare(0, 7, "HTTP/1.") != 0)
        throw std::runtime_error("not an answer:\n" + answer.head);
    std::from_chars(answer.head.data() + 9, answer.head.data() + 12, answer.status);
    return answer;
}

http_answer http_client::receive_in_pieces(const std::function<void(std::string_view)>& take) {
    auto answer = receive_head();
    if (!answer || !answer->header("Transfer-Encoding"))
        throw std::runtime_error("no chunked answer");
    read_chunks(*answer, take);
    return std::move(*answer);
}

std::optional<http_answer> http_client::try_receive(bool to_head) {
    auto begun = receive_head();
    if (!begun)
        return std::nullopt;
    auto& answer = *begun;
    const bool bodiless = to_head || answer.status < 200 || answer.status == 204 || answer.status == 304;
    if (bodiless)
        return begun;
    if (answer.header("Transfer-Encoding")) {
        read_chunks(answer, [&answer](std::string_view piece) { answer.body += piece; });
        return begun;
    }
    const auto length = answer.header("Content-Length");
    const std::size_t size = length ? std::stoul(*length) : std::string::npos;
    if (length)
        answer.complete = need(size);
    else
        while (fill()) {
        }
    answer.body = received_.substr(0, size);
    received_.erase(0, size);
    return begun;
}

http_answer http_client::receive(bool to_head) {
    auto answer = try_receive(to_head);
    if (!answer)
        throw std::runtime_error("the connection ended without an answer");
    return std::move(*answer);
}

bool http_client::closed(std::chrono::milliseconds within) {
    if (!received_.empty() || !ready(socket_, POLLIN, within))
        return false;
    char piece[1];
    return ::recv(socket_, piece, sizeof piece, MSG_PEEK) <= 0;
}

bool http_client::readable(std::chrono::milliseconds within) {
    return ready(socket_, POLLIN, within);
}

void http_client::read_some(std::size_t bytes) {
    char piece[65536];
    for (std::size_t dropped = 0; dropped < bytes;) {
        if (!ready(socket_, POLLIN, patience))
            throw std::runtime_error("nothing more to read");
        const auto n = ::recv(socket_, piece, sizeof piece, 0);
        if (n <= 0)
            throw std::runtime_error("the connection ended");
        dropped += static_cast<std::size_t>(n);
    }
}

void http_client::read_until_silent(std::chrono::milliseconds first, std::chrono::milliseconds silence) {
    char piece[65536];
    for (auto within = first; ready(socket_, POLLIN, within) && ::recv(socket_, piece, sizeof piece, 0) > 0;)
        within = silence;
}

http_answer http_client::request(
    std::string_view method, std::string_view target, const std::vector<std::pair<std::string, std::string>>& headers,
    std::string_view body) {
    std::string bytes{method};
    bytes += ' ';
    bytes += target;
    bytes += " HTTP/1.1\r\nHost: test\r\n";
    for (const auto& [name, value] : headers)
        bytes += name + ": " + value + "\r\n";
    if (!body.empty())
        bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    bytes += "\r\n";
    bytes += body;
    send(bytes);
    return receive(method == "HEAD");
}

http_answer http_get(std::uint16_t port, std::string_view target) {
    return http_client{port}.request("GET", target);
}

} // namespace bursar::tests
