#include "server/http/gate.hpp"
#include "tests/support/http_vectors.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::gate_test {

namespace {

using namespace bursar::server;
using namespace bursar::server::http;

const gate_limits limits;

// The gate's verdict on bytes that come `step` at a time: 0 for a head without fault, else the status.
unsigned judge_head(const std::string& bytes, std::size_t step) {
    head_scanner scanner{limits};
    for (std::size_t received = std::min(step, bytes.size());; received = std::min(received + step, bytes.size())) {
        const auto outcome = scanner.scan(std::string_view{bytes}.substr(0, received));
        if (outcome == head_scanner::outcome::refused)
            return describe(scanner.reason().code).status;
        if (outcome == head_scanner::outcome::complete)
            break;
        if (received == bytes.size())
            return 1;
    }
    request_head head;
    fields parsed;
    const auto block = std::string_view{bytes}.substr(scanner.begin(), scanner.end() - scanner.begin());
    const auto refused = read_head(block, limits, head, parsed);
    return refused ? describe(refused->code).status : 0;
}

struct decoded {
    bool done = false;
    bool refused = false;
    std::string body;
    std::size_t taken = 0;
};

decoded decode(std::string_view bytes, std::size_t step) {
    chunk_decoder decoder{limits};
    decoded out;
    while (out.taken < bytes.size() && !decoder.done() && !decoder.refused())
        out.taken += decoder.feed(bytes.substr(out.taken, step), &out.body);
    out.done = decoder.done();
    out.refused = decoder.refused().has_value();
    return out;
}

std::string_view body_of(const http_vector& v) {
    return std::string_view{v.bytes}.substr(v.bytes.find("\r\n\r\n") + 4);
}

} // namespace

BOOST_AUTO_TEST_SUITE(gate)

BOOST_AUTO_TEST_CASE(refuses_each_malformed_head_however_it_arrives) {
    for (const auto& v : bursar::tests::refused_heads())
        for (const std::size_t step : {std::size_t{1}, std::size_t{7}, v.bytes.size()})
            BOOST_TEST(judge_head(v.bytes, step) == v.statuses.back(), v.name << " in steps of " << step);
}

BOOST_AUTO_TEST_CASE(accepts_what_is_only_odd) {
    for (const auto& v : bursar::tests::accepted_requests())
        for (const std::size_t step : {std::size_t{1}, std::size_t{7}, v.bytes.size()})
            BOOST_TEST(judge_head(v.bytes, step) == 0U, v.name << " in steps of " << step);
}

BOOST_AUTO_TEST_CASE(refuses_each_malformed_chunked_body_however_it_arrives) {
    for (const auto& v : bursar::tests::refused_bodies()) {
        BOOST_TEST(judge_head(v.bytes, v.bytes.size()) == 0U, v.name);
        for (const std::size_t step : {std::size_t{1}, std::size_t{3}, v.bytes.size()}) {
            const auto out = decode(body_of(v), step);
            BOOST_TEST((out.refused && !out.done), v.name << " in steps of " << step);
        }
    }
}

BOOST_AUTO_TEST_CASE(takes_a_chunked_body_apart_and_no_byte_more) {
    const std::string body = "3;x=y\r\nabc\r\n00A\r\n0123456789\r\n0\r\nA: b\r\nC:\r\n\r\n";
    for (std::size_t step = 1; step <= body.size(); ++step) {
        const auto out = decode(body + "GET", step);
        BOOST_TEST(out.done);
        BOOST_TEST(out.taken == body.size());
        BOOST_TEST(out.body == "abc0123456789");
    }
}

BOOST_AUTO_TEST_CASE(says_what_a_head_means) {
    const std::string bytes = "POST /a/b?c=d HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nExpect: 100-Continue\r\n"
                              "Connection: close\r\nX-Twice: 1\r\nx-twice: 2\r\n\r\n";
    request_head head;
    fields parsed;
    BOOST_TEST(!read_head(bytes, limits, head, parsed).has_value());
    BOOST_TEST((head.method == verb::post));
    BOOST_TEST(head.target == "/a/b?c=d");
    BOOST_TEST(head.content_length.value() == 12U);
    BOOST_TEST(head.expects_continue);
    BOOST_TEST(!head.keep_alive);
    BOOST_TEST(!head.chunked);
    BOOST_TEST(head.path == "/a/b");
    BOOST_TEST(head.query == "c=d");
    BOOST_TEST(parsed["X-TWICE"] == "1, 2");
}

// RFC 9110 section 5.3.
BOOST_AUTO_TEST_CASE(lines_of_one_name_are_one_field) {
    const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\nAccept: text/csv\r\nIf-None-Match: \"1\"\r\n"
                              "accept:\r\nACCEPT: text/html;q=0.5\r\nX-Empty:\r\nIf-None-Match: \"2\"\r\n"
                              "X-Empty: a\r\ntraceparent: 00-b\r\nTraceparent: 00-c\r\n\r\n";
    request_head head;
    fields parsed;
    BOOST_TEST(!read_head(bytes, limits, head, parsed).has_value());
    BOOST_TEST(parsed[field::accept] == "text/csv, text/html;q=0.5");
    BOOST_TEST(parsed[field::if_none_match] == "\"1\", \"2\"");
    BOOST_TEST(parsed["X-Empty"] == "a");
    BOOST_TEST(parsed["traceparent"] == "00-b, 00-c");
    BOOST_TEST(parsed.count(field::accept) == 1U);
}

BOOST_AUTO_TEST_CASE(a_target_in_absolute_form_is_its_path) {
    const auto read = [](const std::string& line) {
        request_head head;
        fields parsed;
        const auto bytes = line + " HTTP/1.1\r\nHost: Api.example\r\n\r\n";
        const auto refused = read_head(bytes, limits, head, parsed);
        return refused ? std::string{refused->why} : std::string{head.path} + "|" + std::string{head.query};
    };
    BOOST_TEST(read("GET http://api.example/a?b=c") == "/a|b=c");
    BOOST_TEST(read("GET http://api.example:80?b=c") == "/|b=c");
    BOOST_TEST(read("GET http://api.example") == "/|");
    BOOST_TEST(read("OPTIONS http://api.example") == "*|");
    BOOST_TEST(read("OPTIONS *") == "*|");
    BOOST_TEST(read("GET https://api.example:0443/") == "/|");
    for (const auto* other : {"http://api.example:443/", "http://example/", "http://api.example.evil/"})
        BOOST_TEST(read("GET " + std::string{other}) == "the target names another host than Host does", other);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::gate_test
