#include "tests/integration/handlers/identity/key_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace bursar::tests {

key_server::key_server(std::string keys, unsigned status)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    , keys_(std::move(keys))
    , status_(status) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &size) != 0)
        throw std::runtime_error("no port for the keys");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { run(); }};
}

key_server::~key_server() {
    ::shutdown(listener_, SHUT_RDWR); // wakes accept()
    thread_.join();
    for (const int each : unanswered_)
        ::close(each);
    ::close(listener_);
}

void key_server::serve(std::string keys, unsigned status) {
    const std::lock_guard lock{guard_};
    keys_ = std::move(keys);
    status_ = status;
}

void key_server::run() {
    for (;;) {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0)
            return;
        std::array<char, 4096> request{};
        if (::recv(client, request.data(), request.size(), 0) > 0) {
            ++asked_;
            const std::lock_guard lock{guard_};
            if (status_ == 0) {
                unanswered_.push_back(client);
                continue;
            }
            const auto answer = "HTTP/1.1 " + std::to_string(status_) +
                                " Keys\r\nContent-Length: " + std::to_string(keys_.size()) +
                                "\r\nConnection: close\r\n\r\n" + keys_;
            static_cast<void>(::send(client, answer.data(), answer.size(), MSG_NOSIGNAL));
        }
        ::close(client);
    }
}

} // namespace bursar::tests
