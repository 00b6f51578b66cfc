// What a client may rely on from a connection: order, persistence, HEAD, 100, streams, unread bodies, the cap.
#include "tests/support/http_client.hpp"
#include "tests/support/test_service.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::session_test {

using namespace std::string_literals;

namespace {

struct one_service {
    test_service service;
    http_client client{service.port()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_session, one_service)

BOOST_AUTO_TEST_CASE(pipelined_answers_come_in_order_even_when_the_first_is_slow) {
    std::string bytes;
    for (int i = 0; i < 200; ++i)
        bytes += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(std::to_string(i).size()) +
                 "\r\n\r\n" + std::to_string(i);
    client.send("GET /slow?ms=200 HTTP/1.1\r\nHost: a\r\n\r\n" + bytes);
    BOOST_TEST(client.receive().body == "slept\n");
    for (int i = 0; i < 200; ++i)
        BOOST_TEST(client.receive().body == std::to_string(i));
}

BOOST_AUTO_TEST_CASE(an_answer_does_not_wait_for_a_slow_request_behind_it) {
    client.send("GET /ignore HTTP/1.1\r\nHost: a\r\n\r\nGET /slow?ms=15000 HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto sent = std::chrono::steady_clock::now();
    BOOST_TEST(client.receive().body == "ignored\n");
    BOOST_TEST((std::chrono::steady_clock::now() - sent < std::chrono::seconds{10}));
}

BOOST_AUTO_TEST_CASE(head_carries_the_length_and_no_body) {
    const auto answer = client.request("HEAD", "/large?size=12345");
    BOOST_TEST(answer.header("Content-Length").value() == "12345");
    const auto stream = client.request("HEAD", "/stream");
    BOOST_TEST(stream.header("Transfer-Encoding").value() == "chunked");
    BOOST_TEST(client.request("GET", "/ignore").body == "ignored\n");
    BOOST_TEST(service.seen().pieces == 0U);
}

BOOST_AUTO_TEST_CASE(an_answer_without_content_has_neither_length_nor_body) {
    const auto answer = client.request("GET", "/no-content");
    BOOST_TEST(answer.status == 204U);
    BOOST_TEST(!answer.header("Content-Length"));
    BOOST_TEST(!answer.header("Transfer-Encoding"));
    BOOST_TEST(client.request("GET", "/ignore").status == 200U);
}

BOOST_AUTO_TEST_CASE(every_answer_has_a_date) {
    const auto date = client.request("GET", "/livez").header("Date");
    BOOST_REQUIRE(date);
    BOOST_TEST(date->size() == 29U);
    BOOST_TEST(date->substr(25) == " GMT");
}

BOOST_AUTO_TEST_CASE(continue_is_sent_when_the_body_is_asked_for) {
    const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    client.send(head);
    BOOST_TEST(client.receive().status == 100U);
    client.send("abc");
    BOOST_TEST(client.receive().body == "abc");
    // A body that is there already needs no invitation.
    client.send(head + "def");
    BOOST_TEST(client.receive().body == "def");
}

BOOST_AUTO_TEST_CASE(a_client_that_waits_for_100_in_vain_gets_the_answer_and_a_close) {
    client.send("POST /ignore HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    const auto answer = client.receive();
    BOOST_TEST(answer.status == 200U);
    BOOST_TEST(answer.header("Connection").value_or("") == "close");
    BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(http_1_0_gets_no_100_and_no_chunks) {
    client.send("POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc");
    BOOST_TEST(client.receive().body == "abc");
    http_client another{service.port()};
    another.send("GET /stream?pieces=3&size=4 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto answer = another.receive();
    BOOST_TEST(!answer.header("Transfer-Encoding"));
    BOOST_TEST(answer.header("Connection").value_or("") == "close");
    BOOST_TEST(answer.body == "pppppppppppp");
}

BOOST_AUTO_TEST_CASE(http_1_0_is_kept_alive_when_it_asks) {
    client.send("GET /ignore HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    BOOST_TEST(client.receive().header("Connection").value_or("") == "keep-alive");
    BOOST_TEST(client.request("GET", "/ignore").status == 200U);
}

BOOST_AUTO_TEST_CASE(bodies_of_every_size_come_whole) {
    for (const std::size_t size : {1U, 4000U, 4096U, 5000U, 20'000U, 300'000U, 1'048'576U}) {
        std::string body(size, 'b');
        for (std::size_t i = 0; i < size; i += 97)
            body[i] = static_cast<char>('a' + i % 26);
        BOOST_TEST(client.request("POST", "/echo", {}, body).body == body);
        std::string chunked;
        for (std::size_t at = 0; at < size; at += 1000) {
            const auto piece = body.substr(at, 1000);
            char line[16];
            std::snprintf(line, sizeof line, "%zx\r\n", piece.size());
            chunked += line + piece + "\r\n";
        }
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked + "0\r\n\r\n");
        BOOST_TEST(client.receive().body == body);
    }
}

BOOST_AUTO_TEST_CASE(a_large_head_before_a_chunked_body_stays_readable) {
    const std::string filler(3500, 'f');
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nX-F: " + filler + "\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20; ++i)
        client.send("3e8\r\n" + std::string(1000, 'c') + "\r\n");
    client.send("0\r\n\r\n");
    const auto answer = client.receive();
    BOOST_TEST(answer.body.size() == 20'000U);
    BOOST_TEST(answer.header("X-Method").value_or("") == "POST");
    BOOST_TEST(client.request("GET", "/ignore").status == 200U);
}

BOOST_AUTO_TEST_CASE(too_large_a_body_is_refused_before_it_is_read) {
    const auto declared = client.request("POST", "/echo?limit=10", {}, std::string(11, 'x'));
    BOOST_TEST(declared.status == 413U);
    // Short and already there: the connection goes on.
    BOOST_TEST(!declared.header("Connection"));
    client.send("POST /echo?limit=10 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n");
    BOOST_TEST(client.receive().status == 413U);
    BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(a_short_unread_body_that_comes_late_is_passed_over) {
    client.send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n");
    BOOST_TEST(client.receive().status == 200U);
    client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n" + "GET /ignore HTTP/1.1\r\nHost: a\r\n\r\n"s);
    BOOST_TEST(client.receive().body == "ignored\n");
    BOOST_TEST(service.seen().handled == 2U);
}

BOOST_AUTO_TEST_CASE(a_short_unread_chunked_body_that_comes_late_is_passed_over) {
    client.send("POST /ignore HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2");
    BOOST_TEST(client.receive().status == 200U);
    client.send("3\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n\r\n0\r\n\r\nGET /ignore HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(client.receive().body == "ignored\n");
    BOOST_TEST(service.seen().handled == 2U);
}

BOOST_AUTO_TEST_CASE(an_unread_chunked_body_that_grows_long_or_goes_wrong_ends_the_connection) {
    for (const std::string rest : {"fffff\r\nabc", "g\r\n"}) {
        http_client other{service.port()};
        other.send("POST /ignore HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        BOOST_TEST(other.receive().status == 200U);
        other.send(rest);
        BOOST_TEST(other.closed());
    }
}

BOOST_AUTO_TEST_CASE(a_long_unread_body_ends_the_connection) {
    client.send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
    const auto answer = client.receive();
    BOOST_TEST(answer.status == 200U);
    BOOST_TEST(answer.header("Connection").value_or("") == "close");
    BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(a_stream_comes_in_chunks_and_the_connection_goes_on) {
    const auto answer = client.request("GET", "/stream?pieces=50&size=1000");
    BOOST_TEST(answer.complete);
    BOOST_TEST(answer.body.size() == 50'000U);
    BOOST_TEST(client.request("GET", "/ignore").status == 200U);
}

BOOST_AUTO_TEST_CASE(a_stream_that_fails_is_cut_without_its_last_chunk) {
    client.send("GET /broken-stream HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(!client.receive().complete);
    BOOST_TEST(http_get(service.port(), "/ignore").status == 200U);
}

BOOST_AUTO_TEST_CASE(an_escaped_exception_is_a_500_in_the_envelope) {
    const auto answer = client.request("GET", "/throw");
    BOOST_TEST(answer.status == 500U);
    BOOST_TEST(answer.body.find(R"("code":"INTERNAL")") != std::string::npos);
    BOOST_TEST(answer.body.find("asked to throw") == std::string::npos);
    BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(a_client_that_half_closes_still_gets_its_answers) {
    client.send("GET /slow?ms=50 HTTP/1.1\r\nHost: a\r\n\r\nGET /ignore HTTP/1.1\r\nHost: a\r\n\r\n");
    client.half_close();
    BOOST_TEST(client.receive().body == "slept\n");
    BOOST_TEST(client.receive().body == "ignored\n");
    BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(http_listener)

BOOST_AUTO_TEST_CASE(a_connection_beyond_the_cap_is_told_so) {
    test_service service{{"max_connections=2"}};
    std::vector<http_client> held;
    for (int i = 0; i < 2; ++i) {
        held.emplace_back(service.port());
        BOOST_TEST(held.back().request("GET", "/ignore").status == 200U);
    }
    http_client another{service.port()};
    another.send("GET /ignore HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answer = another.receive();
    BOOST_TEST(answer.status == 503U);
    BOOST_TEST(answer.header("Retry-After").has_value());
    BOOST_TEST(another.closed());
    held.pop_back();
    // Room again as soon as the service has seen the close.
    while (http_get(service.port(), "/ignore").status != 200U) {
    }
}

BOOST_AUTO_TEST_CASE(it_listens_on_ipv6_and_ipv4_at_once) {
    test_service service{{"address=::"}};
    BOOST_TEST(http_client(service.port(), "::1").request("GET", "/ignore").status == 200U);
    BOOST_TEST(http_client(service.port(), "127.0.0.1").request("GET", "/ignore").status == 200U);
}

BOOST_AUTO_TEST_CASE(two_processes_can_share_a_port) {
    test_service first{{"share_port=1"}};
    test_service second{{"share_port=1", "port=" + std::to_string(first.port())}};
    BOOST_TEST(first.port() == second.port());
}

BOOST_AUTO_TEST_CASE(a_port_is_not_shared_unless_both_say_so) {
    const test_service alone;
    const test_service sharing{{"share_port=1"}};
    const std::vector<std::pair<std::uint16_t, std::string>> late{
        {alone.port(), "share_port=0"}, {alone.port(), "share_port=1"}, {sharing.port(), "share_port=0"}};
    for (const auto& [port, share] : late) {
        process second{launch{BURSAR_HTTP_SERVICE, {"port=" + std::to_string(port), share}, {}, {}}};
        BOOST_TEST(second.wait_exit().value_or(0) != 0);
        BOOST_TEST(second.log().find("cannot listen on 127.0.0.1:" + std::to_string(port)) != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::session_test
