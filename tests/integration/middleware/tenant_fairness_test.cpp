// One organization floods, another asks now and then: what the first has too much of waits, and all is answered.
#include "tests/support/deployment.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

namespace bursar::tests::tenant_fairness_test {

namespace {

constexpr const char* waiting = "http_server_waiting_requests";

// So many connections, each asking as fast as it is answered until the object goes.
class clients {
public:
    clients(std::uint16_t port, const std::string& key, int count) {
        for (int i = 0; i < count; ++i)
            threads_.emplace_back([this, port, key] { ask(port, key); });
    }
    ~clients() { finish(); }
    // Joins; how many answers were not 200.
    std::size_t finish() {
        stop_ = true;
        for (auto& each : threads_)
            each.join();
        threads_.clear();
        return failed_;
    }
    std::size_t answered() const { return answered_; }

private:
    void ask(std::uint16_t port, const std::string& key) {
        try {
            http_client client{port};
            while (!stop_) {
                const auto answer =
                    client.request("GET", "/api/v1/tickets?limit=1", {{"Authorization", "Bearer " + key}});
                failed_ += answer.status == 200 ? 0U : 1U;
                ++answered_;
            }
        } catch (const std::exception&) {
            ++failed_;
        }
    }

    std::atomic<bool> stop_{false};
    std::atomic<std::size_t> answered_{0};
    std::atomic<std::size_t> failed_{0};
    std::vector<std::thread> threads_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(tenant_fairness)

BOOST_AUTO_TEST_CASE(who_floods_waits_while_others_are_there_and_is_answered) {
    deployment on;
    const auto [other, modest_key] = on.create_org("Modest");
    clients flood{on.port(), on.key(), 32};
    wait_for([&] { return flood.answered() > 500; });
    BOOST_TEST(on.bursar().metric(waiting) == 0.0); // alone
    clients modest{on.port(), modest_key, 1};
    wait_for([&] { return on.bursar().metric(waiting) >= 8.0; });
    const auto before = modest.answered();
    wait_for([&] { return modest.answered() > before + 200; });
    BOOST_TEST(modest.finish() == 0U);
    BOOST_TEST(flood.finish() == 0U);
    BOOST_TEST(on.bursar().metric(waiting) == 0.0);
}

BOOST_AUTO_TEST_CASE(what_waits_beyond_its_part_is_refused_at_once) {
    deployment on{{{"BURSAR_IN_FLIGHT_LIMIT", "24"}, {"BURSAR_TENANT_HEADROOM", "1"}}};
    const auto [other, modest_key] = on.create_org("Modest");
    clients modest{on.port(), modest_key, 1};
    wait_for([&] { return modest.answered() > 10; });
    clients flood{on.port(), on.key(), 20};
    wait_for([&] { return on.bursar().metric("http_server_shed_requests_total") >= 1.0; });
    const auto before = modest.answered();
    wait_for([&] { return modest.answered() > before + 100; });
    BOOST_TEST(modest.finish() == 0U); // there was always room for it
    BOOST_TEST(flood.finish() > 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::tenant_fairness_test
