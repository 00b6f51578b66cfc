// Query strings as values of a declared type.
#include "tests/unit/server/desk_types.hpp"
#include "tests/unit/server/faults_of.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::schema_query_test {

using namespace bursar::server;

BOOST_AUTO_TEST_SUITE(schema_query)

BOOST_AUTO_TEST_CASE(reads_every_kind) {
    const auto read = schema::parse_query<desk::ticket_filter>(
        "status=open,new&priority=low&customer_id=0190fd3a-1c2b-7d4e-8f90-123456789abc&text=card+%26%20%C3%A9&"
        "created_after=2026-11-21T04:00:00%2B01:00&escalated=true&limit=7&cursor=abc");
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST((read->status == std::vector{desk::ticket_status::open, desk::ticket_status::new_}));
    BOOST_TEST((read->priority == desk::ticket_priority::low));
    BOOST_TEST((read->customer_id == uuid::parse(desk::customer)));
    BOOST_TEST(read->text.value() == "card & \u00e9");
    BOOST_TEST(to_rfc3339(read->created_after.value()) == "2026-11-21T03:00:00.000000Z");
    BOOST_TEST(read->escalated.value());
    BOOST_TEST(read->limit == 7);
}

struct window {
    std::optional<timestamp> from;
    std::optional<timestamp> to;
    std::optional<timestamp> at;
    std::int64_t limit = 20;
};
constexpr auto describe_schema(const window*) {
    using namespace schema;
    return object(
        "Window", "Which time.", field("from", &window::from), field("to", &window::to), field("at", &window::at),
        field("limit", &window::limit, range{1, 100}, optional_with_default{}));
}

std::string faults_of_window(std::string_view query) {
    const auto read = schema::parse_query<window>(query);
    return read ? "" : faults_of(read.error());
}

BOOST_AUTO_TEST_CASE(a_range_of_time_ends_where_it_begins_or_later) {
    BOOST_TEST(faults_of_window("from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z") == "");
    BOOST_TEST(faults_of_window("to=2026-01-01T00:00:00Z&from=2026-01-01T00:30:00%2B01:00") == "");
    BOOST_TEST(faults_of_window("from=2026-01-02T00:00:00Z&at=2026-01-01T00:00:00Z") == "");
    for (const auto* query :
         {"from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z&limit=0",
          "limit=0&to=2026-01-01T00:00:00Z&from=2026-01-01T00:00:00.000001Z"})
        BOOST_TEST(
            faults_of_window(query) == "limit must be an integer from 1 to 100\nfrom must not be later than to\n");
    // One that cannot be read bounds nothing.
    BOOST_TEST(
        faults_of_window("from=2026-01-02T00:00:00Z&to=1800-01-01T00:00:00Z") ==
        "to must be of the years 1900 to 9999\n");
}

BOOST_AUTO_TEST_CASE(tells_how_a_plus_is_written) {
    const std::string told = "at must be a time as in RFC 3339, in which + is written %2B in a query\n";
    for (const auto* lost : {"at=2026-11-30T00:00:00+01:00", "at=2026-11-30T00:00:00.5%2001:00"})
        BOOST_TEST(faults_of_window(lost) == told);
    BOOST_TEST(faults_of_window("at=2026-11-30T00:00:00%2B01:00") == "");
    for (const auto* other : {"at=2026-11-30+00:00:00Z", "at=2026-11-30T00:00:00+25:00", "at=+"})
        BOOST_TEST(
            faults_of_window(other) == "at must be a time as in RFC 3339, for example 2026-11-21T09:30:00Z\n", other);
}

BOOST_AUTO_TEST_CASE(accepts_nothing_at_all) {
    const auto read = schema::parse_query<desk::ticket_filter>("");
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->limit == 20);
    BOOST_TEST(read->status.empty());
    BOOST_TEST(schema::parse_query<desk::ticket_filter>("&&limit=3&").value().limit == 3);
}

BOOST_AUTO_TEST_CASE(names_every_fault_at_once) {
    const auto read =
        schema::parse_query<desk::ticket_filter>("limit=0&limit=5&priority=&status=open,shut&colour=red&customer_id=7&"
                                                 "created_after=today&escalated=1&cursor=%20");
    BOOST_REQUIRE(read.has_error());
    BOOST_TEST((read.error().code == errc::validation_failed));
    BOOST_TEST(
        faults_of(read.error()) == "limit must be an integer from 1 to 100\n"
                                   "limit must not be given twice\n"
                                   "priority must be one of low, medium, high, critical\n"
                                   "status must be one of open, resolved, new\n"
                                   "colour is not a known parameter\n"
                                   "customer_id must be a UUID\n"
                                   "created_after must be a time as in RFC 3339, for example 2026-11-21T09:30:00Z\n"
                                   "escalated must be true or false\n"
                                   "cursor must be visible ASCII characters without spaces\n");
}

// Whatever else is wrong with it.
BOOST_AUTO_TEST_CASE(tells_what_cannot_be_read_from_what_is_wrong) {
    const auto read = schema::parse_query<desk::ticket_filter>("limit=0&text=%zz&%FF=1&cursor=%00");
    BOOST_REQUIRE(read.has_error());
    BOOST_TEST((read.error().code == errc::malformed_request));
    BOOST_TEST(
        faults_of(read.error()) == "text must be percent-encoded UTF-8 without U+0000\n"
                                   "? must be percent-encoded UTF-8 without U+0000\n"
                                   "cursor must be percent-encoded UTF-8 without U+0000\n");
    BOOST_TEST((schema::read_no_query("a=%zz").error().code == errc::malformed_request));
    BOOST_TEST(faults_of(schema::read_no_query("a=1").error()) == "a is not a known parameter\n");
    BOOST_TEST(schema::read_no_query("").has_value());
}

BOOST_AUTO_TEST_CASE(finds_one_parameter_before_the_rest_is_read) {
    const auto limit = [](std::string_view text) { return schema::find_parameter(text, "limit").value_or("none"); };
    BOOST_TEST(limit("") == "none");
    BOOST_TEST(limit("limit=7") == "7");
    BOOST_TEST(limit("a=b&l%69mit=%37&limit=8") == "7");
    BOOST_TEST(limit("code=limit=1&limit=100") == "100");
    BOOST_TEST(limit("rate_limit=1&from=2026-01-01T00%3A00%3A00Z") == "none");
    BOOST_TEST(limit("limit=%zz&%FF=1&limit=9") == "9");
}

// A small body must not make a large answer.
BOOST_AUTO_TEST_CASE(names_a_hundred_faults_and_no_more) {
    std::string members = "{";
    for (int i = 0; i < 5000; ++i)
        members += (i == 0 ? "\"x" : ",\"x") + std::to_string(i) + "\":1";
    const auto read = schema::parse<desk::create_ticket>(members + "}");
    BOOST_REQUIRE(!read.has_value());
    BOOST_TEST(read.error().fields.size() == 100U);
}

BOOST_AUTO_TEST_CASE(reads_integers_strictly) {
    for (const auto* text :
         {"limit=", "limit=1.0", "limit=+1", "limit=%201", "limit=1e1", "limit=0x1", "limit=99999999999999999999"})
        BOOST_TEST(
            faults_of(schema::parse_query<desk::ticket_filter>(text).error()) == "limit must be an integer\n", text);
}

BOOST_AUTO_TEST_CASE(bounds_lists) {
    BOOST_TEST(
        faults_of(schema::parse_query<desk::ticket_filter>("status=open,open,open,open").error()) ==
        "status must have at most 2 elements\n");
    BOOST_TEST(
        faults_of(schema::parse_query<desk::ticket_filter>("status=open,").error()) ==
        "status must be one of open, resolved, new\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::schema_query_test
