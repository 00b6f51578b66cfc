// The session on a socket, byte by byte: what is refused, with which status, that the connection ends after it, and
// that it stays in step otherwise.
#include "tests/support/http_client.hpp"
#include "tests/support/http_vectors.hpp"
#include "tests/support/test_service.hpp"

#include <boost/test/unit_test.hpp>

using namespace bursar::tests;

namespace {

struct one_service {
    test_service service;
};

// What the session answers by itself has what the chain adds otherwise.
void check_fields(const http_answer& answer) {
    BOOST_TEST(answer.header("X-Content-Type-Options").value_or("") == "nosniff");
    BOOST_TEST(answer.header("Cache-Control").value_or("") == "no-store");
    BOOST_TEST(answer.header("Content-Security-Policy").value_or("") == "default-src 'none'; frame-ancestors 'none'");
    BOOST_TEST(answer.header("X-Request-Id").value_or("").size() == 36U);
}

void check(std::uint16_t port, const http_vector& v, bool by_session = false) {
    BOOST_TEST_CONTEXT(v.name) {
        http_client client{port};
        client.send(v.bytes);
        for (const auto status : v.statuses) {
            const auto answer = client.receive();
            BOOST_TEST(answer.status == status);
            if (by_session)
                check_fields(answer);
            if (status != 400)
                continue;
            BOOST_TEST(answer.header("Connection").value_or("") == "close");
            BOOST_TEST(answer.header("Content-Type").value_or("") == "application/json");
            BOOST_TEST(answer.body.find(R"({"error":{"code":"MALFORMED_REQUEST","message":")") == 0U);
        }
        if (v.closes)
            BOOST_TEST(client.closed());
        else
            BOOST_TEST(client.request("GET", "/livez").status == 200U);
    }
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_raw_bytes, one_service)

BOOST_AUTO_TEST_CASE(each_malformed_head_is_refused_and_ends_the_connection) {
    for (const auto& v : refused_heads())
        check(service.port(), v, true);
    // Nothing behind a refused head was served.
    BOOST_TEST(service.seen().handled == 0U);
    BOOST_TEST(service.seen().refused == refused_heads().size());
}

BOOST_AUTO_TEST_CASE(a_refused_head_gets_no_content) {
    for (const auto& v : refused_heads()) {
        if (!v.bytes.starts_with("GET "))
            continue;
        BOOST_TEST_CONTEXT(v.name) {
            http_client client{service.port()};
            client.send("HEAD" + v.bytes.substr(3));
            BOOST_TEST(client.receive(true).status == v.statuses.back());
            BOOST_TEST(client.closed());
        }
    }
}

// As `curl --http2-prior-knowledge` begins (RFC 9113 section 3.4), with its SETTINGS.
BOOST_AUTO_TEST_CASE(who_begins_in_http_2_reads_a_refusal_in_http_1_1) {
    http_client client{service.port()};
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + std::string("\0\0\0\4\0\0\0\0\0", 9));
    const auto answer = client.receive();
    BOOST_TEST(answer.status == 505U);
    BOOST_TEST(answer.body.find(R"({"error":{"code":"HTTP_VERSION_NOT_SUPPORTED","message":")") == 0U);
    BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(each_malformed_chunked_body_is_refused_and_ends_the_connection) {
    for (const auto& v : refused_bodies())
        check(service.port(), v);
    BOOST_TEST(service.seen().handled == refused_bodies().size());
}

BOOST_AUTO_TEST_CASE(odd_but_valid_requests_are_served_and_the_connection_stays_in_step) {
    for (const auto& v : accepted_requests())
        check(service.port(), v);
}

BOOST_AUTO_TEST_CASE(the_same_holds_one_byte_at_a_time) {
    for (const auto& v : accepted_requests()) {
        BOOST_TEST_CONTEXT(v.name) {
            http_client client{service.port()};
            for (const char c : v.bytes)
                if (!client.try_send({&c, 1}))
                    break;
            for (const auto status : v.statuses)
                BOOST_TEST(client.receive().status == status);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
