#include "server/http/media_type.hpp"

#include <boost/test/unit_test.hpp>

using namespace bursar::server::http;

BOOST_AUTO_TEST_SUITE(media_types)

BOOST_AUTO_TEST_CASE(the_most_specific_range_decides) {
    BOOST_TEST(quality("", "application/json") == 1000U);
    BOOST_TEST(quality("*/*", "application/json") == 1000U);
    BOOST_TEST(quality("text/html, application/*;q=0.5, */*;q=0.1", "application/json") == 500U);
    BOOST_TEST(quality("*/*, application/json;q=0", "application/json") == 0U);
    BOOST_TEST(quality("text/html", "application/json") == 0U);
    BOOST_TEST(quality("application/json;q=7", "application/json") == 0U);
    BOOST_TEST(quality("APPLICATION/JSON; charset=utf-8; q=0.125", "application/json") == 125U);
}

BOOST_AUTO_TEST_CASE(a_problem_document_must_be_asked_for) {
    const auto asks = [](std::string_view accept) {
        return prefers(accept, "application/problem+json", "application/json");
    };
    BOOST_TEST(asks("application/problem+json"));
    BOOST_TEST(asks("application/problem+json, */*"));
    BOOST_TEST(!asks("*/*"));
    BOOST_TEST(!asks("application/*"));
    BOOST_TEST(!asks("application/json, application/problem+json"));
    BOOST_TEST(!asks("application/json"));
}

BOOST_AUTO_TEST_CASE(codings) {
    BOOST_TEST(coding_quality("gzip, deflate", "gzip") == 1000U);
    BOOST_TEST(coding_quality("gzip;q=0, *", "gzip") == 0U);
    BOOST_TEST(coding_quality("*;q=0.5", "gzip") == 500U);
    BOOST_TEST(coding_quality("", "gzip") == 0U);
    BOOST_TEST(coding_quality("br", "gzip") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
