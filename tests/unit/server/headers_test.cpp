#include "server/http/headers.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::headers_test {

using bursar::server::http::header_block;

BOOST_AUTO_TEST_SUITE(header_fields)

BOOST_AUTO_TEST_CASE(sets_finds_and_erases_without_case) {
    header_block block;
    block.add("Vary", "Authorization");
    block.add("ETag", "\"7\"");
    block.set("vary", "Accept");
    BOOST_TEST(block.find("VARY").value() == "Accept");
    BOOST_TEST(block.find("etag").value() == "\"7\"");
    BOOST_TEST(!block.contains("Eta"));
    block.erase("ETAG");
    BOOST_TEST(block.lines() == "vary: Accept\r\n");
}

BOOST_AUTO_TEST_CASE(a_value_cannot_start_another_field) {
    header_block block;
    block.add("Location", "/x\r\nSet-Cookie: a=b");
    BOOST_TEST(block.lines() == "Location: /x  Set-Cookie: a=b\r\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::headers_test
