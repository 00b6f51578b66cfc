// bursar while its database goes away: nothing acknowledged is lost, nothing is done twice, nobody waits long.
#include "tests/faults/process/writers.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

namespace bursar::tests::outage_test {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(outage)

BOOST_AUTO_TEST_CASE(requests_fail_fast_while_postgres_is_down_and_recover_by_themselves) {
    deployment on;
    const auto customer = on.create_customer();
    on.postgres().stop();
    on.wait_until_ready(503);
    BOOST_TEST(http_get(on.port(), "/livez").status == 200U);
    for (int i = 0; i < 3; ++i) {
        const auto started = std::chrono::steady_clock::now();
        http_client client{on.port()};
        const auto answer = client.request("GET", "/api/v1/customers/" + customer, on.headers());
        BOOST_TEST(answer.status == 503U);
        BOOST_TEST(answer.header("Retry-After").has_value());
        BOOST_TEST(answer.body.find("DEPENDENCY_UNAVAILABLE") != std::string::npos);
        BOOST_TEST((std::chrono::steady_clock::now() - started < 3s));
    }
    on.postgres().start();
    on.wait_until_ready();
    http_client client{on.port()};
    BOOST_TEST(client.request("GET", "/api/v1/customers/" + customer, on.headers()).status == 200U);
}

// A class of reasons, and never a host, a user or a database.
BOOST_AUTO_TEST_CASE(what_keeps_it_from_its_database_is_logged_at_once_and_shown) {
    deployment on;
    on.postgres().query("alter role bursar_service nologin");
    on.postgres().query(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'bursar_service'");
    const auto line = on.server().wait_for_line("database_connection_failed", 5s);
    BOOST_TEST(line.find(R"("sqlstate":"28000")") != std::string::npos, line);
    BOOST_TEST(line.find(R"("reason":"role refused)") != std::string::npos, line);
    BOOST_TEST(line.find("bursar_service") == std::string::npos, line);
    on.wait_until_ready(503);
    for (const auto* path : {"/health", "/readyz"}) {
        const auto shown = http_get(on.port(), path).body;
        BOOST_TEST(shown.find("role refused") != std::string::npos, shown);
        BOOST_TEST(shown.find("bursar_service") == std::string::npos, shown);
    }
    on.postgres().query("alter role bursar_service login");
    on.server().wait_for_line("database_connected");
    on.wait_until_ready();
    BOOST_TEST(http_get(on.port(), "/health").body.find("role refused") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(too_few_connections_are_told_with_figures) {
    deployment on;
    on.postgres().query("alter role bursar_service connection limit 28");
    on.restart_server();
    const auto line = on.server().wait_for_line("database_connections_short");
    BOOST_TEST(line.find(R"("wanted":29)") != std::string::npos, line);
    BOOST_TEST(line.find(R"("role_may":28)") != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(no_acknowledged_write_is_lost_across_a_restart_of_postgres) {
    deployment on{{}, true};
    writers clients{on, 4};
    clients.wait_for_more(40);
    on.postgres().restart();
    clients.wait_for_more(40);
    on.postgres().kill();
    on.postgres().start();
    clients.wait_for_more(40);
    check_books(on, clients);
}

BOOST_AUTO_TEST_CASE(killed_backends_cost_retries_and_nothing_else) {
    deployment on;
    writers clients{on, 4};
    for (int round = 0; round < 20; ++round) {
        clients.wait_for_more(5);
        on.postgres().query(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'bursar'");
    }
    check_books(on, clients);
}

BOOST_AUTO_TEST_CASE(a_killed_server_loses_nothing_it_acknowledged) {
    deployment on;
    writers clients{on, 4};
    for (int round = 0; round < 3; ++round) {
        clients.wait_for_more(20);
        on.server().signal(SIGKILL);
        on.restart_server();
    }
    clients.wait_for_more(20);
    check_books(on, clients);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::outage_test
