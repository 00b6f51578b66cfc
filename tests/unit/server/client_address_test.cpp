#include "server/http/client_address.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace bursar::tests::client_address_test {

using namespace bursar::server::http;
using boost::asio::ip::make_address;

namespace {

using line = std::pair<const char*, std::string>;

// Whom 10.0.0.1 and 10.0.0.2, both trusted, speak for with these lines.
std::string client_of(
    const std::vector<line>& lines, const char* peer = "10.0.0.1",
    client_address_header header = client_address_header::x_forwarded_for) {
    fields headers;
    for (const auto& [name, value] : lines)
        headers.insert(name, value);
    request from;
    from.headers = &headers;
    from.peer = make_address(peer);
    const proxy_settings proxies{{*network::parse("10.0.0.1"), *network::parse("10.0.0.2/32")}, header};
    return client_address(from, proxies).to_string();
}

std::string forwarded(const std::string& value) {
    return client_of({{"Forwarded", value}}, "10.0.0.1", client_address_header::forwarded);
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
    BOOST_TEST(
        client_of(
            {{"Forwarded", "for=192.0.2.1"}, {"Forwarded", "for=192.0.2.2"}}, "10.0.0.1",
            client_address_header::forwarded) == "192.0.2.2");
    for (const auto* nobody : {"for=unknown", "for=_hidden", "proto=http", "192.0.2.1", "for=\"192.0.2.1", "for="})
        BOOST_TEST(forwarded(nobody) == "10.0.0.1", nobody);
}

BOOST_AUTO_TEST_CASE(what_is_no_address_as_a_whole_is_not_believed) {
    for (const auto* nobody :
         {"[2001:db9::1]junk",
          "[2001:db9::1",
          "2001:db9::1]",
          "[]",
          "[",
          "[192.0.2.1]",
          "[2001:db9::1]:",
          "192.0.2.1:",
          "[2001:db9::1]:port",
          "[2001:db9::1]4711",
          "192.0.2.1:abc",
          "192.0.2.1:65536",
          "192.0.2.1:-1",
          "192.0.2.1:_",
          "192.0.2.1:004711",
          "192.0.2",
          "192.0.2.1 x",
          "fe80::1%eth0",
          "[fe80::1%junk]",
          "x192.0.2.1",
          ":80"})
        BOOST_TEST(client_of({{"X-Forwarded-For", nobody}}) == "10.0.0.1", nobody);
    for (const auto* one : {"192.0.2.1:_hidden", "192.0.2.1:0", "192.0.2.1:65535"})
        BOOST_TEST(client_of({{"X-Forwarded-For", one}}) == "192.0.2.1", one);
    for (const auto* nobody :
         {R"(for="[2001:db9::1]junk")", R"(for="[2001:db9::1")", R"(for="192.0.2.1:abc")",
          "for=192.0.2.1;for=192.0.2.2", "for=192.0.2.1;x", R"(for=192.0.2.1;x="a"b)", R"(for=192.0.2.1;x="a)",
          R"(for="192.0.2.1\")"})
        BOOST_TEST(forwarded(nobody) == "10.0.0.1", nobody);
}

// RFC 7239 section 4: a value may be a quoted string (RFC 9110 section 5.6.4), and a pair may be left out.
BOOST_AUTO_TEST_CASE(quoted_strings_hold_what_separates_elsewhere) {
    for (const auto* one :
         {R"(for=192.0.2.1;ext="a,b")", R"(for=192.0.2.1;ext="a;b")", R"(ext="a,b;for=192.0.2.9";for=192.0.2.1)",
          R"(for=192.0.2.1;ext="\"a,b\"")", R"(for=192.0.2.1;ext="a\\")", R"(for="192.0\.2.1:80")", "for=192.0.2.1;",
          ";for=192.0.2.1;;proto=http", R"(for=192.0.2.9, for=192.0.2.1;ext=",")", R"(ext="\"";for=192.0.2.1)",
          R"(for=192.0.2.9;ext="a,b", for=192.0.2.1;ext="c,\",d", for=10.0.0.2)"})
        BOOST_TEST(forwarded(one) == "192.0.2.1", one);
}

// The proxy quotes what the client sent as its Host.
BOOST_AUTO_TEST_CASE(a_piece_of_a_quoted_string_is_no_element) {
    BOOST_TEST(forwarded(R"(for=192.0.2.1;host="a,for=192.0.2.66")") == "192.0.2.1");
    BOOST_TEST(forwarded(R"(for=192.0.2.1;host="a,for=192.0.2.66;x=")") == "192.0.2.1");
    BOOST_TEST(forwarded(R"(for=192.0.2.1;host="a,for=192.0.2.66;x=\"")") == "192.0.2.1");
    BOOST_TEST(forwarded(R"(host="\"";for=192.0.2.1)") == "192.0.2.1");
}

// Or that the client sent before, and never closed.
BOOST_AUTO_TEST_CASE(a_quote_that_is_open_does_not_swallow_what_the_proxy_wrote) {
    for (const auto* before : {R"(for=192.0.2.66;x=")", R"(x="\)", R"(")", R"(for=192.0.2.66;x="a",)"}) {
        BOOST_TEST(forwarded(std::string{before} + ", for=192.0.2.1") == "192.0.2.1", before);
        BOOST_TEST(forwarded(std::string{before} + R"(, for="192.0.2.1:80";host="a,b")") == "192.0.2.1", before);
    }
    BOOST_TEST(forwarded(R"(for=192.0.2.66;x=", for=10.0.0.2)") == "10.0.0.2");
}

// A client may have sent the others, and the proxy passes them on.
BOOST_AUTO_TEST_CASE(only_the_header_that_is_named_is_read) {
    const std::vector<line> all{
        {"X-Forwarded-For", "192.0.2.1"}, {"Forwarded", "for=192.0.2.2"}, {"X-Real-Ip", "192.0.2.3"}};
    using enum client_address_header;
    BOOST_TEST(client_of(all, "10.0.0.1", x_forwarded_for) == "192.0.2.1");
    BOOST_TEST(client_of(all, "10.0.0.1", forwarded) == "192.0.2.2");
    BOOST_TEST(client_of(all, "10.0.0.1", x_real_ip) == "192.0.2.3");
    BOOST_TEST(client_of({all[0], all[1]}, "10.0.0.1", x_real_ip) == "10.0.0.1");
    BOOST_TEST(client_of({all[1], all[2]}) == "10.0.0.1");
    BOOST_TEST((parse_client_address_header("x-real-ip") == x_real_ip));
    BOOST_TEST(!parse_client_address_header("X-Client-Ip").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(networks)

BOOST_AUTO_TEST_CASE(a_network_contains_what_begins_alike) {
    const auto in = [](const char* range, const char* one) {
        return network::parse(range).value().contains(make_address(one));
    };
    BOOST_TEST(in("10.0.0.0/8", "10.255.0.1"));
    BOOST_TEST(!in("10.0.0.0/8", "11.0.0.1"));
    BOOST_TEST(in("192.0.2.128/25", "192.0.2.200"));
    BOOST_TEST(!in("192.0.2.128/25", "192.0.2.127"));
    BOOST_TEST(in("0.0.0.0/0", "192.0.2.1"));
    BOOST_TEST(!in("0.0.0.0/0", "2001:db8::1"));
    BOOST_TEST(in("2001:db8::/32", "2001:db8:ffff::1"));
    BOOST_TEST(!in("2001:db8::/32", "2001:db9::1"));
    BOOST_TEST(in("2001:db8::1", "2001:db8::1"));
    BOOST_TEST(!in("2001:db8::1", "2001:db8::2"));
    BOOST_TEST(in("::/0", "2001:db8::1"));
}

BOOST_AUTO_TEST_CASE(ipv4_is_the_same_however_it_is_written) {
    for (const auto* range : {"10.0.0.0/8", "::ffff:10.0.0.0/104"})
        for (const auto* one : {"10.1.2.3", "::ffff:10.1.2.3"})
            BOOST_TEST(network::parse(range).value().contains(make_address(one)), range << " " << one);
}

BOOST_AUTO_TEST_CASE(what_is_no_network_is_not_read) {
    for (const auto* text :
         {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/-1", "10.0.0/8", "::/129", "2001:db8::1/64",
          "example.com", "10.0.0.0/8/8"})
        BOOST_TEST(!network::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::client_address_test
