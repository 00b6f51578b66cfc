#include "server/time.hpp"

#include <boost/test/unit_test.hpp>

using namespace bursar::server;

BOOST_AUTO_TEST_SUITE(months)

BOOST_AUTO_TEST_CASE(are_read_as_they_are_written) {
    using namespace std::chrono;
    for (const auto month : {1900y / 1, 2026y / 10, 9999y / 12})
        BOOST_TEST((parse_month(to_string(month)) == month));
    BOOST_TEST(to_string(33y / 4) == "0033-04");
    for (const auto* text :
         {"", "2026", "2026-1", "2026-00", "2026-13", "0000-01", "1899-12", "2026-10-01", "2026/10", "+026-10"})
        BOOST_TEST(!parse_month(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rfc3339)

BOOST_AUTO_TEST_CASE(writes_microseconds_in_utc) {
    const timestamp at{std::chrono::microseconds{1'700'000'000'123'456}};
    BOOST_TEST(to_rfc3339(at) == "2023-11-14T22:13:20.123456Z");
    BOOST_TEST(to_rfc3339(timestamp{}) == "1970-01-01T00:00:00.000000Z");
    BOOST_TEST(to_rfc3339(timestamp{std::chrono::microseconds{-1}}) == "1969-12-31T23:59:59.999999Z");
}

BOOST_AUTO_TEST_CASE(reads_what_it_writes_and_any_offset) {
    const timestamp at{std::chrono::microseconds{1'700'000'000'123'456}};
    BOOST_TEST((parse_rfc3339("2023-11-14T22:13:20.123456Z") == at));
    BOOST_TEST((parse_rfc3339("2023-11-15T03:43:20.123456789+05:30") == at));
    BOOST_TEST((parse_rfc3339("2023-11-14t22:13:20.123456z") == at));
}

BOOST_AUTO_TEST_CASE(refuses_anything_else) {
    for (const auto* text :
         {"", "2023-11-14", "2023-02-30T00:00:00Z", "2023-11-14T24:00:00Z", "2023-11-14T22:13:20",
          "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20Z ", "2023-11-14 22:13:20Z", "2023-11-14T22:13:20+0530",
          "20231114T221320Z"})
        BOOST_TEST(!parse_rfc3339(text), text);
}

BOOST_AUTO_TEST_CASE(http_date_is_imf_fixdate) {
    // The example of RFC 9110 section 5.6.7.
    BOOST_TEST(
        to_http_date(std::chrono::sys_seconds{std::chrono::seconds{784111777}}) == "Sun, 06 Nov 1994 08:49:37 GMT");
}

BOOST_AUTO_TEST_SUITE_END()
