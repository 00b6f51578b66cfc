#include "server/http/answer.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::answer_test {

using namespace bursar::server;

BOOST_AUTO_TEST_SUITE(answers)

BOOST_AUTO_TEST_CASE(a_failure_has_one_shape_or_the_other) {
    http::request request;
    http::fields headers;
    request.headers = &headers;
    http::request_context context{request};
    context.request_id.assign("r1");
    const error wrong{errc::validation_failed, {{"/subject", "is required"}}};
    const auto envelope = http::problem(context, wrong);
    BOOST_TEST(envelope.status == 422U);
    BOOST_TEST(
        envelope.body == R"({"error":{"code":"VALIDATION_FAILED","message":"One or more fields are not valid.",)"
                         R"("fields":[{"pointer":"/subject","message":"is required"}],)"
                         R"("doc_url":"/docs#VALIDATION_FAILED","request_id":"r1"}})");
    headers.set(http::field::accept, "application/problem+json");
    const auto problem = http::problem(context, wrong);
    BOOST_TEST(problem.headers.find("Content-Type").value() == "application/problem+json");
    BOOST_TEST(
        problem.body == R"({"type":"/docs#VALIDATION_FAILED","title":"One or more fields are not valid.","status":422,)"
                        R"("detail":"One or more fields are not valid.","code":"VALIDATION_FAILED",)"
                        R"("fields":[{"pointer":"/subject","message":"is required"}],"request_id":"r1"})");
}

// RFC 6750 section 3.1.
BOOST_AUTO_TEST_CASE(a_401_tells_a_token_that_is_wrong_from_none) {
    http::request request;
    http::fields headers;
    request.headers = &headers;
    http::request_context context{request};
    http::route route;
    route.access = http::signed_in{};
    context.route = &route;
    const auto challenge = [&] {
        return std::string{http::problem(context, errc::unauthenticated).headers.find("WWW-Authenticate").value()};
    };
    BOOST_TEST(challenge() == "Bearer");
    for (const auto* none : {"Basic YTpi", "Bearer", "Bearer "}) {
        headers.set(http::field::authorization, none);
        BOOST_TEST(challenge() == "Bearer", none);
    }
    for (const auto* wrong : {"Bearer x", "bearer  x"}) {
        headers.set(http::field::authorization, wrong);
        BOOST_TEST(challenge() == "Bearer error=\"invalid_token\"", wrong);
    }
    // What is wrong there is the password.
    route.access = http::anyone{};
    BOOST_TEST(challenge() == "Bearer");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::answer_test
