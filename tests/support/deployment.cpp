#include "tests/support/deployment.hpp"

#include "server/uuid.hpp"

#include <stdexcept>

namespace bursar::tests {

namespace {

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

} // namespace

deployment::deployment(const settings& extra, postgres_server::settings database)
    : settings_{{"BURSAR_RATE_LIMIT_ADDRESS", "0"}, {"BURSAR_RATE_LIMIT_LOGIN", "0"}}
    , postgres_(std::move(database)) {
    settings_.insert(settings_.end(), extra.begin(), extra.end());
    postgres_.start();
    settings_.emplace_back("DATABASE_URL", service_url());
    settings_.emplace_back("BURSAR_DRAIN_GRACE", "1");
    postgres_.query("create role bursar_service login");
    command({"migrate", "--service-role", "bursar_service"});
    std::tie(org_, key_) = create_org("Test");
    server_.emplace(settings_);
}

std::string deployment::service_url() const {
    auto url = postgres_.url();
    return url.replace(url.find("bursar@"), 7, "bursar_service@");
}

deployment::settings deployment::environment(const settings& more) const {
    auto all = settings_;
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

std::pair<std::string, std::string> deployment::create_org(const std::string& name) {
    const auto id = first_line(command({"org", "create", name}));
    return {id, first_line(command({"key", "create", "--org", id, "--name", "test", "--rate-limit", "0"}))};
}

std::string deployment::command(std::vector<std::string> arguments) {
    process run{launch{BURSAR_BINARY, std::move(arguments), environment({{"DATABASE_URL", postgres_.url()}}), {}}};
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
    http_client client{port()};
    const auto answer =
        client.request("POST", "/api/v1/customers", headers(fresh_key()), R"({"name":")" + name + R"("})");
    if (answer.status != 201)
        throw std::runtime_error("no customer: " + answer.head + answer.body);
    return json_string(answer.body, "id");
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
