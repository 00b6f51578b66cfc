// Cron expressions and time zones, with the clock put forward and back.
#include "server/cron.hpp"
#include "server/time.hpp"
#include "server/time_zone.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::cron_test {

using namespace bursar::server;

namespace {

absl::TimeZone zone(const std::string& name) {
    const auto found = find_time_zone(name);
    BOOST_REQUIRE_MESSAGE(found, name);
    return *found;
}

absl::Time at(const std::string& text) {
    return absl::FromChrono(*parse_rfc3339(text));
}

// The next times, "2026-03-29T01:00:00 2026-…".
std::string next(const std::string& cron, const std::string& after, const std::string& where = "UTC", int count = 1) {
    const auto expression = cron_expression::parse(cron);
    BOOST_REQUIRE_MESSAGE(expression.has_value(), cron);
    const auto in = zone(where);
    std::string out;
    auto when = at(after);
    for (int i = 0; i < count; ++i) {
        const auto found = expression->next(when, in);
        if (!found)
            return out + "never";
        out += (i == 0 ? "" : " ") + absl::FormatTime("%Y-%m-%dT%H:%M:%S", *found, absl::UTCTimeZone());
        when = *found;
    }
    return out;
}

std::string fault_of(const std::string& cron) {
    const auto parsed = cron_expression::parse(cron);
    return parsed ? "" : parsed.error().fields.front().message;
}

} // namespace

BOOST_AUTO_TEST_SUITE(cron)

BOOST_AUTO_TEST_CASE(fields_are_sets_ranges_and_steps) {
    BOOST_TEST(next("* * * * *", "2026-01-01T00:00:00Z", "UTC", 2) == "2026-01-01T00:01:00 2026-01-01T00:02:00");
    BOOST_TEST(next("* * * * *", "2026-01-01T00:00:59Z") == "2026-01-01T00:01:00");
    BOOST_TEST(
        next("*/25 3 * * *", "2026-01-01T00:00:00Z", "UTC", 4) ==
        "2026-01-01T03:00:00 2026-01-01T03:25:00 2026-01-01T03:50:00 2026-01-02T03:00:00");
    BOOST_TEST(
        next("5-10/2,40 0 * * *", "2026-01-01T00:00:00Z", "UTC", 4) ==
        "2026-01-01T00:05:00 2026-01-01T00:07:00 2026-01-01T00:09:00 2026-01-01T00:40:00");
    BOOST_TEST(next("30/10 0 * * *", "2026-01-01T00:30:00Z", "UTC", 2) == "2026-01-01T00:40:00 2026-01-01T00:50:00");
    BOOST_TEST(next("0 9 1 * *", "2026-01-01T09:00:00Z") == "2026-02-01T09:00:00");
    BOOST_TEST(next("0  9  1  *  *", "2026-01-01T09:00:00Z") == "2026-02-01T09:00:00");
}

BOOST_AUTO_TEST_CASE(months_and_days_have_names) {
    BOOST_TEST(next("0 0 1 Feb,AUG *", "2026-03-01T00:00:00Z", "UTC", 2) == "2026-08-01T00:00:00 2027-02-01T00:00:00");
    BOOST_TEST(next("0 0 * * mon-fri", "2026-01-02T00:00:00Z", "UTC", 2) == "2026-01-05T00:00:00 2026-01-06T00:00:00");
    for (const auto* sunday : {"0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "@weekly", "@WEEKLY"})
        BOOST_TEST(next(sunday, "2026-01-01T00:00:00Z") == "2026-01-04T00:00:00");
    BOOST_TEST(next("0 0 * * 5-7", "2026-01-03T00:00:00Z", "UTC", 2) == "2026-01-04T00:00:00 2026-01-09T00:00:00");
    BOOST_TEST(next("@hourly", "2026-01-01T00:30:00Z") == "2026-01-01T01:00:00");
    BOOST_TEST(next("@daily", "2026-01-01T00:30:00Z") == "2026-01-02T00:00:00");
    BOOST_TEST(next("@monthly", "2026-01-01T00:30:00Z") == "2026-02-01T00:00:00");
    BOOST_TEST(next("@annually", "2026-01-01T00:30:00Z") == "2027-01-01T00:00:00");
}

BOOST_AUTO_TEST_CASE(either_day_will_do_when_both_are_restricted) {
    // Friday the 2nd, the 13th, and so on: Fridays and the 13th.
    BOOST_TEST(
        next("0 0 13 * 5", "2026-01-03T00:00:00Z", "UTC", 3) ==
        "2026-01-09T00:00:00 2026-01-13T00:00:00 2026-01-16T00:00:00");
    // With a star in one of them both must hold: every second day of the week that is a 13th.
    BOOST_TEST(next("0 0 13 * */2", "2026-01-01T00:00:00Z") == "2026-01-13T00:00:00");
    BOOST_TEST(next("0 0 */10 * 1", "2026-01-01T00:00:00Z", "UTC", 2) == "2026-05-11T00:00:00 2026-06-01T00:00:00");
}

BOOST_AUTO_TEST_CASE(days_that_are_rare_or_never) {
    BOOST_TEST(next("0 0 31 * *", "2026-01-31T00:00:00Z", "UTC", 2) == "2026-03-31T00:00:00 2026-05-31T00:00:00");
    BOOST_TEST(next("0 0 29 2 *", "2026-01-01T00:00:00Z") == "2028-02-29T00:00:00");
    BOOST_TEST(next("0 0 29 2 *", "2096-03-01T00:00:00Z") == "2104-02-29T00:00:00");
    BOOST_TEST(next("0 0 30 2 *", "2026-01-01T00:00:00Z") == "never");
}

BOOST_AUTO_TEST_CASE(a_time_that_never_comes_comes_when_the_clock_is_put_forward) {
    // Berlin, 2026-03-29: from 02:00 to 03:00.
    BOOST_TEST(
        next("30 2 * * *", "2026-03-28T00:00:00Z", "Europe/Berlin", 3) ==
        "2026-03-28T01:30:00 2026-03-29T01:00:00 2026-03-30T00:30:00");
    // All that is jumped over comes once, with what stands at that time itself.
    BOOST_TEST(
        next("*/20 2,3 29 3 *", "2026-03-28T00:00:00Z", "Europe/Berlin", 3) ==
        "2026-03-29T01:00:00 2026-03-29T01:20:00 2026-03-29T01:40:00");
    // By half an hour on Lord Howe: from 02:00 to 02:30 on 2026-10-04.
    BOOST_TEST(next("15 2 4 10 *", "2026-10-01T00:00:00Z", "Australia/Lord_Howe") == "2026-10-03T15:30:00");
    // At midnight in Beirut: the day begins at one.
    BOOST_TEST(next("0 0 29 3 *", "2026-03-01T00:00:00Z", "Asia/Beirut") == "2026-03-28T22:00:00");
    // Apia had no 30 December 2011.
    BOOST_TEST(
        next("0 12 30,31 12 *", "2011-12-29T00:00:00Z", "Pacific/Apia", 2) ==
        "2011-12-30T10:00:00 2011-12-30T22:00:00");
}

BOOST_AUTO_TEST_CASE(a_time_that_comes_twice_is_met_once) {
    // Berlin, 2026-10-25: at 03:00 back to 02:00.
    BOOST_TEST(
        next("30 2 * * *", "2026-10-24T00:00:00Z", "Europe/Berlin", 3) ==
        "2026-10-24T00:30:00 2026-10-25T00:30:00 2026-10-26T01:30:00");
    BOOST_TEST(
        next("*/30 * * * *", "2026-10-25T00:00:00Z", "Europe/Berlin", 3) ==
        "2026-10-25T00:30:00 2026-10-25T02:00:00 2026-10-25T02:30:00");
    // Asked in the second round: it has been.
    BOOST_TEST(next("30 2 25 10 *", "2026-10-25T01:10:00Z", "Europe/Berlin") == "2027-10-25T00:30:00");
    // Back over midnight, in Havana on 2026-11-01 at 01:00.
    BOOST_TEST(
        next("30 0 * * *", "2026-10-31T12:00:00Z", "America/Havana", 2) == "2026-11-01T04:30:00 2026-11-02T05:30:00");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
    for (const auto* text : {"", "* * * *", "* * * * * *", "@never", "daily"})
        BOOST_TEST(fault_of(text) == "must have five fields, or be a name such as @daily", text);
    BOOST_TEST(fault_of("60 * * * *") == "has a wrong minute: 60 (from 0 to 59)");
    for (const auto* text :
         {"* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 8", "* * * foo *", "-1 * * * *", "5- * * * *",
          "10-5 * * * *", "*/0 * * * *", "*/x * * * *", "1,,2 * * * *", "1, * * * *x", "1.5 * * * *", "** * * * *",
          "+5 * * * *", "* * * * mon-sun"})
        BOOST_TEST(fault_of(text).starts_with("has a wrong "), text);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(time_zones)

BOOST_AUTO_TEST_CASE(names_of_the_tz_database) {
    for (const auto* name :
         {"Europe/Berlin", "UTC", "Etc/GMT+5", "EST5EDT", "America/Argentina/Buenos_Aires", "America/Port-au-Prince"})
        BOOST_TEST(find_time_zone(name).has_value(), name);
}

BOOST_AUTO_TEST_CASE(rules_hold_after_the_last_listed_year) {
    BOOST_TEST(
        next("0 9 1 1,7 *", "2099-01-02T00:00:00Z", "Europe/Berlin", 2) == "2099-07-01T07:00:00 2100-01-01T08:00:00");
    // South of the equator summer stands over the turn of the year.
    BOOST_TEST(
        next("0 9 1 1,7 *", "2099-01-02T00:00:00Z", "Australia/Sydney", 2) ==
        "2099-06-30T23:00:00 2099-12-31T22:00:00");
}

BOOST_AUTO_TEST_CASE(names_that_are_no_zones) {
    for (const auto* name :
         {"",
          "/etc/passwd",
          "../../../etc/passwd",
          "Europe/../UTC",
          "Europe",
          "Nowhere",
          "zone.tab",
          "tzdata.zi",
          "right/UTC",
          "posix/UTC",
          "EST5EDT,M3.2.0,M11.1.0",
          "Europe/Berlin ",
          "localtime",
          "Fixed/UTC+05:00:00",
          "leapseconds",
          "file:UTC",
          "posixrules",
          "Factory",
          "+VERSION",
          "iso3166.tab",
          "leap-seconds.list"})
        BOOST_TEST(!find_time_zone(name), name);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::cron_test
