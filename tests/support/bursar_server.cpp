#include "tests/support/bursar_server.hpp"

#include "tests/support/http_client.hpp"
#include "tests/support/wait_for.hpp"

namespace bursar::tests {

bursar_server::bursar_server(settings environment)
    : environment_(std::move(environment)) {
    start();
}

void bursar_server::kill() {
    program_.reset();
}

void bursar_server::start() {
    auto environment = environment_;
    environment.emplace_back("BURSAR_LISTEN", "127.0.0.1:" + std::to_string(port_));
    program_ = std::make_unique<process>(launch{BURSAR_BINARY, {"serve"}, environment, {}});
    const auto port = port_in(program_->wait_for_line("\"event\":\"listening\""));
    if (port_ == 0)
        port_ = port;
    wait_until_ready();
}

void bursar_server::wait_until_ready(unsigned status) const {
    wait_for([&] { return http_get(port_, "/readyz").status == status; });
}

double bursar_server::metric(std::string_view name) const {
    const auto text = http_get(port_, "/metrics").body;
    const auto line = "\n" + std::string{name} + " ";
    const auto at = text.find(line);
    return at == std::string::npos ? 0 : std::stod(text.substr(at + line.size()));
}

} // namespace bursar::tests
