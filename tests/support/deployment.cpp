#include "tests/support/deployment.hpp"

#include "server/uuid.hpp"

#include <stdexcept>
#include <thread>

namespace bursar::tests {

namespace {

using namespace std::chrono_literals;

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

} // namespace

deployment::deployment(settings extra, bool durable)
    : settings_(std::move(extra))
    , postgres_({durable, {}}) {
    postgres_.start();
    settings_.emplace_back("DATABASE_URL", postgres_.url());
    settings_.emplace_back("BURSAR_DRAIN_GRACE", "1");
    command({"migrate"});
    std::tie(org_, key_) = create_org("Test");
    start_server();
}

void deployment::start_server() {
    auto environment = settings_;
    environment.emplace_back("BURSAR_LISTEN", "127.0.0.1:" + std::to_string(port_));
    // Settings given by the test come last and win.
    server_ = std::make_unique<process>(launch{BURSAR_BINARY, {"serve"}, environment, {}});
    const auto port = port_in(server_->wait_for_line("\"event\":\"listening\""));
    // Chosen once: clients on other threads read it across restarts.
    if (port_ == 0)
        port_ = port;
    wait_until_ready();
}

void deployment::restart_server() {
    server_.reset();
    start_server();
}

std::pair<std::string, std::string> deployment::create_org(const std::string& name) {
    const auto id = first_line(command({"org", "create", name}));
    return {id, first_line(command({"key", "create", "--org", id, "--name", "test", "--unlimited"}))};
}

std::string deployment::command(std::vector<std::string> arguments) {
    process run{launch{BURSAR_BINARY, std::move(arguments), settings_, {}}};
    if (const auto status = run.wait_exit(); status != 0)
        throw std::runtime_error("a command failed: " + run.log());
    return run.log();
}

std::vector<std::pair<std::string, std::string>> deployment::headers(const std::string& idempotency_key) const {
    std::vector<std::pair<std::string, std::string>> all{
        {"Authorization", "Bearer " + key_}, {"Content-Type", "application/json"}};
    if (!idempotency_key.empty())
        all.emplace_back("Idempotency-Key", idempotency_key);
    return all;
}

std::string deployment::create_customer(const std::string& name) {
    http_client client{port_};
    const auto answer =
        client.request("POST", "/api/v1/customers", headers(fresh_key()), R"({"name":")" + name + R"("})");
    if (answer.status != 201)
        throw std::runtime_error("no customer: " + answer.head + answer.body);
    return json_string(answer.body, "id");
}

void deployment::wait_until_ready(unsigned status) {
    const auto until = std::chrono::steady_clock::now() + 30s;
    unsigned last = 0;
    while (std::chrono::steady_clock::now() < until) {
        last = http_get(port_, "/readyz").status;
        if (last == status)
            return;
        std::this_thread::sleep_for(20ms);
    }
    throw std::runtime_error("/readyz says " + std::to_string(last));
}

std::string json_string(std::string_view json, std::string_view name) {
    const auto label = "\"" + std::string{name} + "\":\"";
    const auto at = json.find(label);
    if (at == std::string_view::npos)
        return {};
    const auto start = at + label.size();
    return std::string{json.substr(start, json.find('"', start) - start)};
}

std::string fresh_key() {
    return server::uuid::v7().to_string();
}

} // namespace bursar::tests
