#include "tests/integration/middleware/metering.hpp"

#include "tests/support/http_client.hpp"

#include <cstdlib>
#include <mutex>
#include <thread>

namespace bursar::tests {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::string_view not_permitted = "/api/v1/accounts";

template <class Continue>
meter::reading ask_at_once(const meter& with, Continue goes_on) {
    meter::reading sum;
    std::mutex guard;
    std::vector<std::thread> clients;
    const auto start = clock::now();
    for (const auto port : with.ports)
        clients.emplace_back([&, port] {
            meter::reading own;
            try {
                http_client client{port};
                while (goes_on(own)) {
                    const auto answer = client.request("GET", not_permitted, {{"Authorization", "Bearer " + with.key}});
                    if (answer.status == 403)
                        ++own.passed;
                    else if (answer.status == 429)
                        ++own.refused;
                    else
                        own.strange.push_back(answer.head + answer.body);
                }
            } catch (const std::exception& e) {
                own.strange.emplace_back(e.what());
            }
            const std::lock_guard lock{guard};
            sum.passed += own.passed;
            sum.refused += own.refused;
            sum.strange.insert(sum.strange.end(), own.strange.begin(), own.strange.end());
        });
    for (auto& client : clients)
        client.join();
    sum.seconds = std::chrono::duration<double>(clock::now() - start).count();
    return sum;
}

} // namespace

std::string limited_key(deployment& on, int requests_a_minute) {
    const auto printed =
        on.command({"key", "create", "--org", on.org(), "--name", "limited", "--permissions", "tickets:read"});
    on.postgres().query(
        "update api_keys set rate_limit = " + std::to_string(requests_a_minute) + " where name = 'limited'");
    return printed.substr(printed.find("bsk_live_"), 45);
}

void set_limit(deployment& on, int requests_a_minute) {
    on.postgres().query(
        "update api_keys set rate_limit = " + std::to_string(requests_a_minute) + " where rate_limit > 0");
}

meter::reading meter::spend() const {
    return ask_at_once(*this, [](const reading& own) { return own.refused == 0 && own.strange.empty(); });
}

meter::reading meter::measure(std::chrono::milliseconds time) const {
    const auto until = clock::now() + time;
    return ask_at_once(*this, [until](const reading&) { return clock::now() < until; });
}

std::chrono::seconds measuring_time() {
    const auto* text = std::getenv("BURSAR_TEST_SECONDS");
    return std::chrono::seconds{text == nullptr ? 5 : std::stoi(text)};
}

double due(int requests_a_minute, double seconds) {
    return seconds * requests_a_minute / 60;
}

} // namespace bursar::tests
