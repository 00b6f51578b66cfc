#include "tests/integration/db/fixture.hpp"
#include "tests/support/stopped_process.hpp"

namespace bursar::tests::notifications_test {

namespace {

constexpr auto listens = "query ~* 'listen' and pid <> pg_backend_pid()";

// A client that listens on one channel, and what it was told.
struct listening {
    listening() {
        client.listen(
            "odd \"name", [this](std::string_view p) { payloads.emplace_back(p); },
            [this](bool hears) { hears ? ++subscriptions : ++interruptions; });
        client.start();
        turn_until([&] { return subscriptions == 1; });
    }
    ~listening() { run(loop, client.stop(soon())); }

    template <class Condition>
    void turn_until(Condition holds, server::deadline until = soon()) {
        while (!holds() && server::steady_clock::now() < until) {
            loop.restart();
            loop.run_one_for(std::chrono::milliseconds{5});
        }
        BOOST_REQUIRE(holds());
    }

    postgres_server& at = postgres_server::shared();
    server::asio::io_context loop;
    prometheus::Registry metrics;
    db::client client{loop, database::complete({}, at.url(), at.fresh_schema()), metrics};
    std::vector<std::string> payloads;
    int subscriptions = 0;
    int interruptions = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(notifications)

BOOST_AUTO_TEST_CASE(payloads_arrive_and_a_lost_connection_listens_again) {
    listening on;
    on.at.query("SELECT pg_notify('odd \"name', 'first'), pg_notify('another', 'no')");
    on.turn_until([&] { return on.payloads.size() == 1; });
    on.at.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE " + std::string{listens});
    on.turn_until([&] { return on.subscriptions == 2; });
    on.at.query("SELECT pg_notify('odd \"name', 'second')");
    on.turn_until([&] { return on.payloads.size() == 2; });
    BOOST_TEST(on.interruptions == 1);
    BOOST_TEST(on.payloads == (std::vector<std::string>{"first", "second"}));
}

BOOST_AUTO_TEST_CASE(a_connection_that_does_not_answer_is_not_believed_to_hear) {
    listening on;
    const stopped_process backend{
        std::stoi(on.at.query("SELECT pid FROM pg_stat_activity WHERE " + std::string{listens}))};
    on.turn_until([&] { return on.interruptions == 1; }, server::steady_clock::now() + std::chrono::milliseconds{900});
    on.at.query("SELECT pg_notify('odd \"name', 'late')");
    backend.go_on();
    on.turn_until([&] { return on.subscriptions == 2 && on.payloads.size() == 1; });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::notifications_test
