#include "server/http/media_type.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::media_type_test {

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
    BOOST_TEST(coding_quality("X-GZIP", "gzip") == 1000U);
}

BOOST_AUTO_TEST_CASE(a_q_of_0_excludes_a_coding) {
    const auto chosen = [](std::string_view value) { return static_cast<int>(choose_packing(value)); };
    constexpr auto identity = static_cast<int>(packing::identity);
    constexpr auto gzip = static_cast<int>(packing::gzip);
    for (const auto* value :
         {"", "br", "gzip;q=0", "gzip;q=0, *", "*, gzip;q=0.0", "identity, gzip;q=0.5", "*;q=0, identity"})
        BOOST_TEST(chosen(value) == identity, value);
    for (const auto* value : {"gzip", "*", "identity;q=0.5, gzip", "gzip;q=0.1", "br, gzip, identity"})
        BOOST_TEST(chosen(value) == gzip, value);
    for (const auto* value : {"gzip, identity;q=0", "gzip, *;q=0", "*, identity;q=0"})
        BOOST_TEST(chosen(value) == static_cast<int>(packing::only_gzip), value);
    for (const auto* value : {"identity;q=0", "*;q=0", "br, *;q=0", "gzip;q=0, identity;q=0"})
        BOOST_TEST(chosen(value) == static_cast<int>(packing::none), value);
}

BOOST_AUTO_TEST_CASE(content_codings) {
    for (const auto* value : {"", "identity", "Identity, identity", ", identity"})
        BOOST_TEST(only_identity(value), value);
    for (const auto* value : {"gzip", "identity, gzip", "identity;x"})
        BOOST_TEST(!only_identity(value), value);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::media_type_test
