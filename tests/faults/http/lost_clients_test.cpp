// Clients that vanish or send too much, and a service short of descriptors.
#include "tests/support/http_client.hpp"
#include "tests/support/test_service.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

namespace bursar::tests::lost_clients_test {

BOOST_AUTO_TEST_SUITE(http_lost_clients)

BOOST_AUTO_TEST_CASE(a_client_gone_at_any_point_leaves_nothing_behind) {
    test_service service;
    const auto before = service.program().open_descriptors();
    const std::vector<std::string> cut_short{
        "",
        "GET /ign",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n",
        "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
        "GET /slow?ms=100 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /large?size=20000000 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /stream?pieces=100000&size=10000 HTTP/1.1\r\nHost: a\r\n\r\n"};
    for (int round = 0; round < 3; ++round)
        for (const auto& bytes : cut_short) {
            http_client reset{service.port()};
            reset.send(bytes);
            reset.reset();
            http_client closed{service.port()};
            closed.send(bytes);
            http_client half_closed{service.port()};
            half_closed.send(bytes);
            half_closed.half_close();
        }
    wait_for([&] { return service.program().open_descriptors() == before; });
    BOOST_TEST(http_get(service.port(), "/ignore").status == 200U);
}

BOOST_AUTO_TEST_CASE(a_413_reaches_a_client_that_first_sends_its_whole_body) {
    test_service service;
    const std::string piece(1U << 20U, 'x');
    for (const std::string framing :
         {"Content-Length: 41943040\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n2800000\r\n"}) {
        http_client client{service.port()};
        client.send("POST /echo?limit=1000 HTTP/1.1\r\nHost: a\r\n" + framing);
        for (int sent = 0; sent < 40; ++sent)
            client.send(piece);
        const auto answer = client.receive();
        BOOST_TEST(answer.status == 413U);
        BOOST_TEST(answer.header("Connection").value_or("") == "close");
    }
}

BOOST_AUTO_TEST_CASE(a_413_reaches_a_client_that_takes_seconds_to_send_its_body) {
    test_service service;
    const std::string piece(100'000, 'x');
    http_client client{service.port()};
    client.send("POST /echo?limit=1000 HTTP/1.1\r\nHost: a\r\nContent-Length: 800000\r\n\r\n");
    for (int sent = 0; sent < 8; ++sent) {
        client.send(piece);
        std::this_thread::sleep_for(std::chrono::milliseconds{400});
    }
    BOOST_TEST(client.receive().status == 413U);
}

BOOST_AUTO_TEST_CASE(a_400_reaches_a_client_that_goes_on_sending) {
    test_service service;
    http_client client{service.port()};
    client.send("GET /ignore HTTP/1.1\r\nHost : a\r\n\r\n" + std::string(5'000'000, 'x'));
    BOOST_TEST(client.receive().status == 400U);
}

BOOST_AUTO_TEST_CASE(a_client_that_never_stops_sending_is_cut_off) {
    test_service service{{"linger_ms=300", "sweep_ms=50"}};
    http_client client{service.port()};
    client.send("POST /echo?limit=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n");
    const std::string piece(1000, 'x');
    while (client.try_send(piece)) {
    }
    BOOST_TEST(http_get(service.port(), "/ignore").status == 200U);
}

BOOST_AUTO_TEST_CASE(a_service_out_of_descriptors_pauses_and_recovers) {
    test_service service{{}, 40};
    BOOST_TEST(http_get(service.port(), "/ignore").status == 200U);
    {
        std::vector<http_client> held;
        for (int i = 0; i < 80; ++i)
            held.emplace_back(service.port());
        service.program().wait_for_line("accept_paused");
        // Those that were accepted are served all the while.
        BOOST_TEST(held.front().request("GET", "/ignore").status == 200U);
        service.program().wait_for_line("accept_paused");
        service.program().wait_for_line("accept_paused");
        // The last in the backlog gets its turn when the others have gone.
        held.erase(held.begin(), held.end() - 1);
        BOOST_TEST(held.back().request("GET", "/ignore").status == 200U);
    }
    BOOST_TEST(http_get(service.port(), "/ignore").status == 200U);
    // Backing off, not spinning: pauses double from 20 ms to a second.
    const auto& log = service.program().log();
    std::size_t pauses = 0;
    for (auto at = log.find("accept_paused"); at != std::string::npos; at = log.find("accept_paused", at + 1))
        ++pauses;
    BOOST_TEST(pauses < 30U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::lost_clients_test
