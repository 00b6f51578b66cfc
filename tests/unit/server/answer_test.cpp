#include "server/http/answer.hpp"
#include "server/json_string.hpp"

#include <boost/test/unit_test.hpp>

using namespace bursar::server;

namespace {

std::string json_of(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

// One character at a time, as RFC 8259 section 7 says it.
std::string escaped(char c) {
    static constexpr char hex[] = "0123456789abcdef";
    static constexpr std::string_view named = "\"\"\\\\\nn\rr\tt\bb\ff"; // character, letter, character, letter …
    for (std::size_t i = 0; i < named.size(); i += 2)
        if (named[i] == c)
            return {'\\', named[i + 1]};
    if (static_cast<unsigned char>(c) < 0x20)
        return std::string{"\\u00"} + hex[c >> 4] + hex[c & 15];
    return {c};
}

} // namespace

BOOST_AUTO_TEST_SUITE(answers)

BOOST_AUTO_TEST_CASE(every_byte_at_every_place_of_a_word_is_escaped_or_left) {
    for (int byte = 0; byte < 256; ++byte) {
        const auto c = static_cast<char>(byte);
        for (std::size_t at = 0; at < 20; ++at) {
            std::string text(20, 'x');
            text[at] = c;
            const auto expected = "\"" + std::string(at, 'x') + escaped(c) + std::string(19 - at, 'x') + "\"";
            BOOST_REQUIRE_EQUAL(json_of(text), expected);
        }
    }
    BOOST_TEST(json_of("") == "\"\"");
}

BOOST_AUTO_TEST_CASE(a_failure_has_one_shape_or_the_other) {
    http::request request;
    http::fields headers;
    request.headers = &headers;
    http::request_context context{request};
    context.request_id.assign("r1");
    const error wrong{errc::validation_failed, {{"/subject", "is required"}}};
    const auto envelope = http::problem(context, wrong);
    BOOST_TEST(envelope.status == 400U);
    BOOST_TEST(
        envelope.body == R"({"error":{"code":"VALIDATION_FAILED","message":"One or more fields are not valid.",)"
                         R"("fields":[{"pointer":"/subject","message":"is required"}],"request_id":"r1"}})");
    headers.set(http::field::accept, "application/problem+json");
    const auto problem = http::problem(context, wrong);
    BOOST_TEST(problem.headers.find("Content-Type").value() == "application/problem+json");
    BOOST_TEST(
        problem.body == R"({"type":"about:blank","title":"Bad Request","status":400,)"
                        R"("detail":"One or more fields are not valid.","code":"VALIDATION_FAILED",)"
                        R"("fields":[{"pointer":"/subject","message":"is required"}],"request_id":"r1"})");
}

BOOST_AUTO_TEST_SUITE_END()
