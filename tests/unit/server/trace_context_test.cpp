#include "server/http/trace_context.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::trace_context_test {

using namespace bursar::server::http;

BOOST_AUTO_TEST_SUITE(traceparent)

BOOST_AUTO_TEST_CASE(continues_a_valid_parent) {
    // The example of the W3C recommendation.
    const auto trace = continue_trace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    BOOST_REQUIRE(trace.has_value());
    BOOST_TEST(trace->trace() == "0af7651916cd43dd8448eb211c80319c");
    BOOST_TEST(std::string_view(trace->parent_id.data(), 16) == "b7ad6b7169203331");
    BOOST_TEST(trace->span() != "b7ad6b7169203331");
    BOOST_TEST(trace->sampled);
    BOOST_TEST(continue_trace("42-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-more").has_value());
}

BOOST_AUTO_TEST_CASE(starts_anew_for_an_invalid_one) {
    for (const auto* text :
         {"", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          "00-00000000000000000000000000000000-b7ad6b7169203331-01",
          "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
          "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, "
          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          "42-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-x, "
          "42-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"})
        BOOST_TEST(!continue_trace(text), text);
    BOOST_TEST(start_trace().trace() != start_trace().trace());
}

BOOST_AUTO_TEST_CASE(request_ids) {
    BOOST_TEST(valid_request_id("a-Z_0.9"));
    BOOST_TEST(valid_request_id(std::string(128, 'a')));
    BOOST_TEST(!valid_request_id(std::string(129, 'a')));
    BOOST_TEST(!valid_request_id(""));
    BOOST_TEST(!valid_request_id("a b"));
    BOOST_TEST(!valid_request_id("a\"b"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::trace_context_test
