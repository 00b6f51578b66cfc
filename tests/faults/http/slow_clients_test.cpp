// Clients that take their time: every phase of a connection has a deadline of its own.
#include "tests/support/http_client.hpp"
#include "tests/support/test_service.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

using namespace bursar::tests;

BOOST_AUTO_TEST_SUITE(http_slow_clients)

BOOST_AUTO_TEST_CASE(a_header_that_drips_is_answered_408_and_closed) {
    test_service service{{"header_ms=400", "sweep_ms=50"}};
    http_client client{service.port()};
    client.send("GET /ignore HTTP/1.1\r\n");
    // Each byte comes well before the deadline, and does not move it.
    while (client.try_send("X") && !client.readable(std::chrono::milliseconds{20})) {
    }
    const auto answer = client.receive();
    BOOST_TEST(answer.status == 408U);
    BOOST_TEST(answer.header("Connection").value_or("") == "close");
    BOOST_TEST(service.seen().handled == 0U);
}

BOOST_AUTO_TEST_CASE(a_connection_that_says_nothing_is_closed_in_silence) {
    test_service service{{"header_ms=200", "sweep_ms=50"}};
    http_client client{service.port()};
    BOOST_TEST(client.closed());
    BOOST_TEST(service.seen().refused == 0U);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_in_silence) {
    test_service service{{"idle_ms=200", "sweep_ms=50"}};
    http_client client{service.port()};
    BOOST_TEST(client.request("GET", "/ignore").status == 200U);
    BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(a_body_that_stops_is_answered_408_and_closed) {
    test_service service{{"body_ms=200", "sweep_ms=50"}};
    for (const std::string framing : {"Content-Length: 100\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nabc"}) {
        http_client client{service.port()};
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\n" + framing);
        BOOST_TEST(client.receive().status == 408U);
        BOOST_TEST(client.closed());
    }
}

BOOST_AUTO_TEST_CASE(an_unread_body_that_stops_ends_the_connection) {
    test_service service{{"body_ms=200", "sweep_ms=50"}};
    for (const std::string framing : {"Content-Length: 100\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nabc"}) {
        http_client client{service.port()};
        client.send("POST /ignore HTTP/1.1\r\nHost: a\r\n" + framing);
        BOOST_TEST(client.receive().status == 200U);
        BOOST_TEST(client.closed());
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_its_answer_is_dropped) {
    test_service service{{"write_ms=300", "write_rate=1000000000", "sweep_ms=50"}};
    const auto before = service.program().open_descriptors();
    http_client client{service.port()};
    client.shrink_receive_buffer();
    client.send("GET /large?size=50000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for([&] { return service.program().open_descriptors() > before; });
    wait_for([&] { return service.program().open_descriptors() == before; });
    BOOST_TEST(http_get(service.port(), "/ignore").status == 200U);
}

BOOST_AUTO_TEST_CASE(a_stream_waits_for_its_reader_and_holds_one_piece) {
    test_service service;
    const auto before = service.program().open_descriptors();
    BOOST_TEST(http_get(service.port(), "/stream?pieces=10&size=100000").body.size() == 1'000'000U);
    const auto resident = service.program().resident_bytes();
    {
        http_client client{service.port()};
        client.shrink_receive_buffer();
        client.send("GET /stream?pieces=100000&size=100000 HTTP/1.1\r\nHost: a\r\n\r\n");
        std::uint64_t last = 10;
        std::uint64_t now = 0;
        // Until the sockets' buffers are full and the producer waits.
        wait_for([&] {
            now = service.seen().pieces;
            return std::exchange(last, now) == now && now > 10;
        });
        BOOST_TEST(now < 1'000U);
        BOOST_TEST(service.program().resident_bytes() < resident + (4U << 20U));
        client.read_some(8'000'000);
        wait_for([&] { return service.seen().pieces > now; });
    }
    // The client is gone: the producer is told and stops.
    wait_for([&] { return service.program().open_descriptors() == before; });
}

BOOST_AUTO_TEST_SUITE_END()
