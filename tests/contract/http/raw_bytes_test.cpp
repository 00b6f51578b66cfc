// The session on a socket, byte by byte: what is refused, with which status, that the connection ends after it, and
// that it stays in step otherwise.
#include "tests/support/http_client.hpp"
#include "tests/support/http_vectors.hpp"
#include "tests/support/test_service.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::raw_bytes_test {

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
            BOOST_TEST(answer.body.starts_with(
                R"({"error":{"code":"MALFORMED_REQUEST","message":"The request is not valid HTTP for this API: )"));
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

BOOST_AUTO_TEST_CASE(a_malformed_chunked_body_is_told_what_is_wrong_with_it) {
    const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const auto& [body, why] : std::vector<std::pair<std::string, std::string>>{
             {"xyz\r\n", "a chunk size is not hexadecimal"},
             {"3\r\nabcd\r\n", "chunk data is not followed by CRLF"},
             {"0\r\nT : a\r\n\r\n", "a trailer name is not a token followed by a colon"}}) {
        http_client client{service.port()};
        client.send(head + body);
        const auto answer = client.receive();
        BOOST_TEST(answer.body.find(": " + why + ".\"") != std::string::npos, answer.body);
    }
    http_client client{service.port()};
    client.send(head + "3\r\nab");
    client.half_close();
    BOOST_TEST(client.receive().body.find(": the connection ended inside the body.\"") != std::string::npos);
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

namespace {

struct service_for_pages {
    test_service service{{"cors=https://app.example", "header_ms=300", "sweep_ms=50"}};

    http_answer ask(const std::string& bytes) const {
        http_client client{service.port()};
        client.send(bytes);
        return client.receive();
    }
};

} // namespace

// A page is shown an answer only when it carries these fields, whoever made the answer.
BOOST_FIXTURE_TEST_SUITE(http_refusals_and_pages, service_for_pages)

BOOST_AUTO_TEST_CASE(a_refusal_is_shown_to_the_page_of_an_allowed_origin) {
    const std::string line = "GET /ignore HTTP/1.1\r\nHost: a\r\n";
    const std::string origin = "origin:  https://app.example \r\n";
    std::string many;
    for (int i = 0; i < 120; ++i)
        many += "X-" + std::to_string(i) + ": y\r\n";
    for (const auto& [status, bytes] : std::vector<std::pair<unsigned, std::string>>{
             {417, line + "Expect: wonders\r\n" + origin + "\r\n"},
             {417, line + origin + "Expect: wonders\r\n\r\n"},
             {400, line + "Host: b\r\n" + origin + "\r\n"},
             {505, "GET /ignore HTTP/2.0\r\n" + origin + "\r\n"},
             {431, line + origin + many + "\r\n"},
             {408, line + origin + "X-Sl"},
             {500, "GET /throw HTTP/1.1\r\nHost: a\r\n" + origin + "\r\n"}}) {
        const auto answer = ask(bytes);
        BOOST_TEST(answer.status == status);
        BOOST_TEST(answer.header("Access-Control-Allow-Origin").value_or("") == "https://app.example", answer.head);
        BOOST_TEST(answer.header("Vary").value_or("") == "Origin", answer.head);
        BOOST_TEST(
            answer.header("Access-Control-Expose-Headers").value_or("").find("X-Request-Id") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(nobody_else_is_shown_it) {
    const std::string refused = "GET /ignore HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n";
    for (const auto* origins :
         {"", "Origin: https://app.example.evil\r\n", "Origin: https://other.example\r\n",
          "Origin: https://app.example\r\nOrigin: https://app.example\r\n", "X-Origin: https://app.example\r\n"}) {
        const auto answer = ask(refused + origins + "\r\n");
        BOOST_TEST(!answer.header("Access-Control-Allow-Origin"), origins);
        BOOST_TEST(answer.header("Vary").value_or("") == "Origin", origins);
    }
    // What has not come whole may be the beginning of another.
    BOOST_TEST(!ask("GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example").header("Access-Control-Allow-Origin"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::raw_bytes_test
