#include "tests/support/redis_server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <csignal>

namespace bursar::tests {

redis_server::redis_server(std::vector<std::string> settings)
    : settings_(std::move(settings))
    , port_(free_port()) {
    start();
}

std::string redis_server::url(const std::string& credentials) const {
    return "redis://" + credentials + "127.0.0.1:" + std::to_string(port_);
}

void redis_server::start() {
    std::vector<std::string> arguments{"--port", std::to_string(port_), "--bind", "127.0.0.1", "--save",
                                       "",       "--appendonly",        "no",     "--dir",     "/tmp"};
    arguments.insert(arguments.end(), settings_.begin(), settings_.end());
    program_ = std::make_unique<process>(launch{"/usr/bin/redis-server", arguments, {}, {}});
    program_->wait_for_line("Ready to accept connections");
}

void redis_server::stop_answering() const {
    program_->signal(SIGSTOP);
}

void redis_server::answer_again() const {
    program_->signal(SIGCONT);
}

std::string redis_server::command(const std::string& line) const {
    using boost::asio::ip::tcp;
    boost::asio::io_context loop;
    tcp::socket socket{loop};
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), port_});
    boost::asio::write(socket, boost::asio::buffer(line + "\r\n"));
    std::string answer;
    const auto size = boost::asio::read_until(socket, boost::asio::dynamic_buffer(answer), "\r\n");
    return answer.substr(0, size - 2);
}

} // namespace bursar::tests
