// Redis killed, hung and refusing under load: no request is lost by it, the metrics say so, and it is used again.
#include "tests/support/deployment.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

namespace bursar::tests::redis_test {

using namespace std::chrono_literals;

namespace {

constexpr const char* redis_up = "bursar_rate_limiter_redis_up";
constexpr const char* fallbacks = "bursar_rate_limiter_fallbacks_total";

// Clients that ask until the object goes, by a key whose limit is far away.
class load {
public:
    explicit load(deployment& on) {
        for (int i = 0; i < 8; ++i)
            clients_.emplace_back([this, &on] { ask(on); });
    }
    ~load() {
        stop_ = true;
        for (auto& client : clients_)
            client.join();
    }

    void wait_for_more(std::size_t answers) const {
        const auto until = answered_ + answers;
        wait_for([&] { return answered_ >= until; });
    }
    std::size_t failed() const { return failed_; }

private:
    void ask(deployment& on) {
        try {
            http_client client{on.port()};
            while (!stop_) {
                if (client.request("GET", "/api/v1/tickets?limit=1", on.headers()).status != 200)
                    ++failed_;
                ++answered_;
            }
        } catch (const std::exception&) {
            ++failed_;
        }
    }

    std::atomic<bool> stop_{false};
    std::atomic<std::size_t> answered_{0};
    std::atomic<std::size_t> failed_{0};
    std::vector<std::thread> clients_;
};

struct shared_limits {
    shared_limits()
        : on({{"BURSAR_REDIS_URL", redis.url()}, {"BURSAR_RATE_LIMIT_ADDRESS", "1000000"}}) {
        on.postgres().query("update api_keys set rate_limit = 10000000");
        on.restart_server(); // which may have read the key
        wait_until(1.0);
    }
    void wait_until(double up) {
        wait_for([&] { return on.bursar().metric(redis_up) == up; });
    }

    redis_server redis;
    deployment on;
};

} // namespace

BOOST_AUTO_TEST_SUITE(redis_faults)

BOOST_FIXTURE_TEST_CASE(killing_redis_costs_no_request_and_it_is_used_again, shared_limits) {
    const load clients{on};
    clients.wait_for_more(200);
    for (int i = 0; i < 3; ++i) {
        const auto before = on.bursar().metric(fallbacks);
        redis.kill();
        wait_until(0.0);
        clients.wait_for_more(200);
        BOOST_TEST(on.bursar().metric(fallbacks) > before);
        redis.start();
        wait_until(1.0);
        const auto back = on.bursar().metric(fallbacks);
        clients.wait_for_more(100);
        BOOST_TEST(on.bursar().metric(redis_up) == 1.0);
        BOOST_TEST(on.bursar().metric(fallbacks) <= back + 8); // a busy machine may miss the 50 ms
        BOOST_TEST(redis.command("EXISTS bursar:limit:trial").starts_with(":"));
    }
    BOOST_TEST(clients.failed() == 0U);
    on.server().wait_for_line("rate_limits_not_shared");
    on.server().wait_for_line("rate_limits_shared");
}

BOOST_FIXTURE_TEST_CASE(a_redis_that_hangs_costs_no_request, shared_limits) {
    const load clients{on};
    clients.wait_for_more(200);
    redis.stop_answering();
    wait_until(0.0);
    clients.wait_for_more(500);
    BOOST_TEST(on.bursar().metric(fallbacks) > 0.0);
    redis.answer_again();
    wait_until(1.0);
    clients.wait_for_more(200);
    BOOST_TEST(clients.failed() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_redis_that_refuses_to_write_is_left_alone_until_it_does, shared_limits) {
    const load clients{on};
    clients.wait_for_more(100);
    BOOST_TEST(redis.command("REPLICAOF 127.0.0.1 1") == "+OK");
    wait_until(0.0);
    clients.wait_for_more(200);
    BOOST_TEST(redis.command("REPLICAOF NO ONE") == "+OK");
    wait_until(1.0);
    clients.wait_for_more(100);
    BOOST_TEST(clients.failed() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::redis_test
