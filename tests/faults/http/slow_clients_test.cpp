// Clients that take their time: every phase of a connection has a deadline of its own.
#include "tests/support/http_client.hpp"
#include "tests/support/stopped_process.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_service.hpp"
#include "tests/support/tls.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

namespace bursar::tests::slow_clients_test {

namespace {

struct certificate_folder {
    certificate_folder() { write_certificate(at / "certificate.pem", at / "key.pem", "slow"); }

    const temporary_folder folder;
    const std::filesystem::path at{folder.path()};
};

// So much that the server's socket takes more now and then: it does not while most of its buffer is full. False: it was
// cut.
bool sip(http_client& client) {
    try {
        client.read_some(100'000);
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

} // namespace

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

// Whoever could not be heard is not late: neither who was there, nor who comes while the server stands still.
BOOST_AUTO_TEST_CASE(time_in_which_the_server_stands_still_is_held_against_nobody) {
    test_service service{{"header_ms=2000", "idle_ms=2000", "body_ms=2000", "sweep_ms=50"}};
    http_client idle{service.port()};
    BOOST_TEST(idle.request("GET", "/ignore").status == 200U);
    http_client halfway{service.port()};
    halfway.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
    const stopped_process server{service.program().pid()};
    http_client late{service.port()};
    std::this_thread::sleep_for(std::chrono::seconds{4});
    server.go_on();
    std::this_thread::sleep_for(std::chrono::milliseconds{200}); // some sweeps
    halfway.send("def");
    BOOST_TEST(halfway.receive().body == "abcdef");
    BOOST_TEST(late.request("GET", "/ignore").status == 200U);
    BOOST_TEST(idle.request("GET", "/ignore").status == 200U);
    BOOST_TEST(idle.closed()); // in its time
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

// By what is written at the default rate the whole answer has hours; the client that stops has the write time-out.
BOOST_AUTO_TEST_CASE(a_client_that_stops_reading_is_cut_however_long_its_answer) {
    test_service service{{"write_ms=500", "sweep_ms=50"}};
    const auto before = service.program().open_descriptors();
    for (const std::string target : {"/large?size=50000000", "/stream?pieces=1000&size=50000"}) {
        http_client client{service.port()};
        client.shrink_receive_buffer();
        client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
        client.read_some(1'000'000);
        wait_for([&] { return service.program().open_descriptors() > before; });
        wait_for([&] { return service.program().open_descriptors() == before; });
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_stops_reading_is_cut_behind_tls) {
    const certificate_folder made;
    test_service service{
        {"write_ms=500", "sweep_ms=50", "certificate=" + (made.at / "certificate.pem").string(),
         "key=" + (made.at / "key.pem").string()}};
    const auto before = service.program().open_descriptors();
    tls_client client{service.port()};
    client.exchange("GET /large?size=50000000 HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\n");
    wait_for([&] { return service.program().open_descriptors() > before; });
    wait_for([&] { return service.program().open_descriptors() == before; });
}

// A little now and then is not enough, in one answer or in many pieces of one.
BOOST_AUTO_TEST_CASE(a_client_that_sips_is_cut) {
    test_service service{{"write_ms=500", "write_rate=100000000", "sweep_ms=50"}};
    for (const std::string target : {"/large?size=200000000", "/stream?pieces=100000&size=2000"}) {
        http_client client{service.port()};
        client.shrink_receive_buffer();
        client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
        wait_for([&] { return !sip(client); });
        BOOST_TEST(client.closed());
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_keeps_to_the_least_rate_gets_it_all) {
    test_service service{{"write_ms=200", "write_rate=100000", "sweep_ms=50"}};
    http_client client{service.port()};
    client.shrink_receive_buffer();
    client.send("GET /stream?pieces=300&size=100000 HTTP/1.1\r\nHost: a\r\n\r\n");
    std::size_t got = 0;
    const auto answer = client.receive_in_pieces([&](std::string_view piece) {
        got += piece.size();
        static_cast<void>(service.seen()); // something else to do
    });
    BOOST_TEST(answer.complete);
    BOOST_TEST(got == 30'000'000U);
}

// Those that have waited longest go first.
BOOST_AUTO_TEST_CASE(what_nobody_reads_is_bounded) {
    // Nor does the write time-out end them meanwhile.
    test_service service{{"unread_bytes=40000000", "sweep_ms=50", "write_ms=600000"}};
    BOOST_TEST(http_get(service.port(), "/large?size=8000000").body.size() == 8'000'000U);
    const auto resident = service.program().resident_bytes();
    std::vector<http_client> clients;
    for (int i = 0; i < 20; ++i) {
        auto& each = clients.emplace_back(service.port());
        each.shrink_receive_buffer();
        each.send("GET /large?size=20000000 HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto handled = static_cast<std::uint64_t>(i) + 2;
        wait_for([&] { return service.seen().handled == handled; });
    }
    // Once it was swept: what has just been handed over may be there beside what is to go.
    wait_for([&] { return service.program().resident_bytes() < resident + 120'000'000U; });
    clients.front().read_until_silent(http_client::patience, std::chrono::milliseconds{100});
    BOOST_TEST(clients.front().closed());
}

BOOST_AUTO_TEST_CASE(large_heads_are_bounded) {
    test_service service{{"large_heads=20000", "sweep_ms=50"}};
    const auto begin = "GET /ignore HTTP/1.1\r\nHost: a\r\nX-Long: " + std::string(9'000, 'x');
    http_client first{service.port()};
    first.send(begin);
    http_client second{service.port()};
    second.send(begin);
    BOOST_TEST(second.receive().status == 503U);
    first.send("\r\n\r\n");
    BOOST_TEST(first.receive().status == 200U);
    http_client third{service.port()};
    first.half_close();
    BOOST_TEST(first.closed());
    third.send(begin + "\r\n\r\n");
    BOOST_TEST(third.receive().status == 200U);
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

} // namespace bursar::tests::slow_clients_test
