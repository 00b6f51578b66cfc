#include "tests/integration/db/fixture.hpp"

using namespace bursar;
using namespace bursar::tests;

BOOST_AUTO_TEST_SUITE(notifications)

BOOST_AUTO_TEST_CASE(payloads_arrive_and_a_lost_connection_listens_again) {
    auto& at = postgres_server::shared();
    server::asio::io_context loop;
    prometheus::Registry metrics;
    db::client client{loop, database::complete({}, at.url(), at.fresh_schema()), metrics};
    std::vector<std::string> payloads;
    int subscriptions = 0;
    client.listen(
        "odd \"name", [&](std::string_view p) { payloads.emplace_back(p); }, [&] { ++subscriptions; });
    client.start();
    const auto turn_until = [&](auto holds) {
        const auto until = soon();
        while (!holds() && server::steady_clock::now() < until) {
            loop.restart();
            loop.run_one_for(std::chrono::milliseconds{5});
        }
        BOOST_REQUIRE(holds());
    };
    turn_until([&] { return subscriptions == 1; });
    at.query("SELECT pg_notify('odd \"name', 'first'), pg_notify('another', 'no')");
    turn_until([&] { return payloads.size() == 1; });
    at.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
    turn_until([&] { return subscriptions == 2; });
    at.query("SELECT pg_notify('odd \"name', 'second')");
    turn_until([&] { return payloads.size() == 2; });
    BOOST_TEST(payloads == (std::vector<std::string>{"first", "second"}));
    run(loop, client.stop(soon()));
}

BOOST_AUTO_TEST_SUITE_END()
