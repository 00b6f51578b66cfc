#include "server/time.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::time_test {

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

// RFC 3339 sets no limit to the digits of a fraction.
BOOST_AUTO_TEST_CASE(cuts_fractions_to_microseconds) {
    for (const auto* text :
         {"2023-11-14T22:13:20.1234569Z", "2023-11-14T22:13:20.1234561234Z",
          "2023-11-14T22:13:20.123456999999999999999999999999999999999Z",
          "2023-11-14T23:13:20.12345600000000000+01:00"})
        BOOST_TEST(to_rfc3339(parse_rfc3339(text).value()) == "2023-11-14T22:13:20.123456Z", text);
    BOOST_TEST(to_rfc3339(parse_rfc3339("2023-11-14T22:13:20.5Z").value()) == "2023-11-14T22:13:20.500000Z");
}

// RFC 3339 5.7; and none moves a time into the next month.
BOOST_AUTO_TEST_CASE(knows_where_leap_seconds_may_be) {
    for (const auto* text :
         {"2016-12-31T23:59:60Z", "2016-12-31T23:59:60.7512345678Z", "2017-01-01T00:59:60+01:00",
          "2016-12-31T15:59:60-08:00", "2017-01-01T05:29:60+05:30"})
        BOOST_TEST(to_rfc3339(parse_rfc3339(text).value()) == "2016-12-31T23:59:59.999999Z", text);
    for (const auto* text : {"1990-06-30T23:59:60Z", "1990-07-01T01:59:60.0+02:00"})
        BOOST_TEST(to_rfc3339(parse_rfc3339(text).value()) == "1990-06-30T23:59:59.999999Z", text);
    for (const auto* text :
         {"2016-12-31T23:58:60Z", "2016-12-31T22:59:60Z", "2016-12-30T23:59:60Z", "2026-01-31T23:59:60Z",
          "2026-06-29T23:59:60Z", "2016-12-31T23:59:60+01:00", "2017-01-01T23:59:60-01:00", "2026-03-15T12:30:60Z",
          "2016-12-31T23:59:61Z", "2016-12-31T24:00:60Z"})
        BOOST_TEST(!parse_rfc3339(text), text);
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

} // namespace bursar::tests::time_test
