#include "server/http/client_address.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace bursar::server::http;
using boost::asio::ip::make_address;

namespace {

using line = std::pair<const char*, std::string>;

// Whom 10.0.0.1 and 10.0.0.2, both trusted, speak for with these lines.
std::string client_of(const std::vector<line>& lines, const char* peer = "10.0.0.1") {
    fields headers;
    for (const auto& [name, value] : lines)
        headers.insert(name, value);
    request from;
    from.headers = &headers;
    from.peer = make_address(peer);
    const std::vector trusted{make_address("10.0.0.1"), make_address("10.0.0.2")};
    return client_address(from, trusted).to_string();
}

std::string forwarded(const std::string& value) {
    return client_of({{"Forwarded", value}});
}

} // namespace

BOOST_AUTO_TEST_SUITE(client_addresses)

BOOST_AUTO_TEST_CASE(lines_and_elements_are_walked_from_the_last) {
    BOOST_TEST(client_of({}) == "10.0.0.1");
    BOOST_TEST(client_of({{"X-Forwarded-For", "192.0.2.1"}}, "10.0.0.3") == "10.0.0.3");
    BOOST_TEST(
        client_of({{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-For", "192.0.2.2 ,, 10.0.0.2,"}}) == "192.0.2.2");
    BOOST_TEST(client_of({{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-For", ""}}) == "192.0.2.1");
    BOOST_TEST(client_of({{"X-Forwarded-For", "192.0.2.1, rubbish, 10.0.0.2"}}) == "10.0.0.2");
    BOOST_TEST(client_of({{"X-Forwarded-For", "10.0.0.2, 10.0.0.2"}}) == "10.0.0.2");
}

BOOST_AUTO_TEST_CASE(addresses_may_have_a_port_and_be_mapped) {
    for (const auto* same : {"192.0.2.1", "192.0.2.1:4711", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:4711"})
        BOOST_TEST(client_of({{"X-Forwarded-For", same}}) == "192.0.2.1", same);
    for (const auto* same : {"2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711"})
        BOOST_TEST(client_of({{"X-Forwarded-For", same}}) == "2001:db8::1", same);
    BOOST_TEST(client_of({{"X-Forwarded-For", "192.0.2.1, ::ffff:10.0.0.2"}}) == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(forwarded_is_read_as_its_standard_says) {
    BOOST_TEST(forwarded("for=192.0.2.1") == "192.0.2.1");
    BOOST_TEST(forwarded("proto=https;For=\"192.0.2.1:4711\";by=10.0.0.1") == "192.0.2.1");
    BOOST_TEST(forwarded("for=\"[2001:db8::1]:4711\"") == "2001:db8::1");
    BOOST_TEST(forwarded("for=192.0.2.1, for=192.0.2.2;proto=http, for=10.0.0.2") == "192.0.2.2");
    BOOST_TEST(client_of({{"Forwarded", "for=192.0.2.1"}, {"Forwarded", "for=192.0.2.2"}}) == "192.0.2.2");
    for (const auto* nobody : {"for=unknown", "for=_hidden", "proto=http", "192.0.2.1", "for=\"192.0.2.1", "for="})
        BOOST_TEST(forwarded(nobody) == "10.0.0.1", nobody);
}

// The proxy quotes what the client sent as its Host.
BOOST_AUTO_TEST_CASE(a_piece_of_a_quoted_string_is_no_element) {
    BOOST_TEST(forwarded(R"(for=192.0.2.1;host="a,for=192.0.2.66")") == "10.0.0.1");
    BOOST_TEST(forwarded(R"(for=192.0.2.1;host="a,for=192.0.2.66;x=")") == "10.0.0.1");
    BOOST_TEST(forwarded(R"(for=192.0.2.1;host="a,for=192.0.2.66;x=\"")") == "10.0.0.1");
    BOOST_TEST(forwarded(R"(host="\"";for=192.0.2.1)") == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(x_forwarded_for_goes_before_forwarded) {
    BOOST_TEST(client_of({{"Forwarded", "for=192.0.2.66"}, {"X-Forwarded-For", "192.0.2.1"}}) == "192.0.2.1");
    BOOST_TEST(client_of({{"Forwarded", "for=192.0.2.66"}, {"X-Forwarded-For", "rubbish"}}) == "10.0.0.1");
}

BOOST_AUTO_TEST_SUITE_END()
