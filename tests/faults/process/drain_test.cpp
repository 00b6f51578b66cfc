// SIGTERM under load: every request that was taken is answered, and the process ends by itself with 0.
#include "tests/support/deployment.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <thread>

namespace bursar::tests::drain_test {

using namespace std::chrono_literals;

namespace {

struct tally {
    std::atomic<std::size_t> answered{0};
    std::atomic<std::size_t> lost{0};
    std::atomic<bool> refused{false}; // nobody listens any more
};

// Asks on one connection until it is told to close, then on another, until nobody listens. A request on a fresh
// connection that gets no answer is lost. So is one on a kept connection, unless the server closed it between two
// requests, which HTTP allows and which a client sees as an end without a single byte.
void keep_asking(deployment& on, tally& count) {
    while (true) {
        std::optional<http_client> client;
        try {
            client.emplace(on.port());
        } catch (const std::exception&) {
            count.refused = true;
            return;
        }
        for (int asked = 0;; ++asked) {
            std::optional<http_answer> answer;
            try {
                std::string request = "GET /api/v1/tickets?limit=5 HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ";
                request += on.key() + "\r\n\r\n";
                if (client->try_send(request))
                    answer = client->try_receive();
            } catch (const std::exception&) {
                ++count.lost;
                break;
            }
            if (!answer) {
                count.lost += asked == 0 ? 1U : 0U;
                break;
            }
            ++count.answered;
            if (answer->header("Connection") == "close")
                break;
        }
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(drain)

BOOST_AUTO_TEST_CASE(sigterm_under_load_loses_no_request) {
    deployment on;
    tally count;
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; ++i)
        clients.emplace_back([&] { keep_asking(on, count); });
    while (count.answered < 200)
        std::this_thread::sleep_for(5ms);
    on.server().signal(SIGTERM);
    on.wait_until_ready(503); // still served during the grace
    for (auto& client : clients)
        client.join();
    BOOST_TEST(count.lost == 0U);
    BOOST_TEST(count.refused);
    BOOST_TEST(on.server().wait_exit().value_or(-1) == 0, on.server().log());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::drain_test
