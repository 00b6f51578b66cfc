// What requests are hashed as. These texts stand behind hashes that are kept with transfers for ever: when one of them
// changes, requests that were answered are refused, unless the hash of the text as it was is looked for too.
#include "handlers/ledger/transfers/types.hpp"
#include "server/schema/schema.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::request_canonical_test {

using namespace bursar::handlers::transfers;

namespace {

template <class T>
std::string canonical(std::string_view json) {
    std::string out;
    server::schema::canonical(out, server::schema::parse<T>(json).value());
    return out;
}

constexpr std::string_view one = "0190fd3a-1c2b-7d4e-8f90-123456789abc";
constexpr std::string_view other = "0190fd3a-1c2b-7d4e-8f90-123456789abd";

std::string ends(std::string_view debit, std::string_view credit) {
    return R"("debit_account_id":")" + std::string{debit} + R"(","credit_account_id":")" + std::string{credit} + "\"";
}

} // namespace

BOOST_AUTO_TEST_SUITE(request_canonical)

BOOST_AUTO_TEST_CASE(is_these_very_bytes) {
    BOOST_TEST(
        canonical<new_transfer>("{" + ends(one, other) + R"(,"amount":1})") ==
        "{," + ends(one, other) + R"(,"amount":1})");
    BOOST_TEST(
        canonical<new_transfer>(
            R"({"metadata":{"b":[1,{"d":null,"c":true}],"a":"\u00e9"},"external_reference":"r","description":"d",)"
            R"("effective_at":"2026-01-02T03:04:05Z","expires_at":"2026-01-02T03:04:05.5Z","pending":true,)"
            R"("fx":{"source":"s","rate":"1.5"},"legs":[{)" +
            ends(one, other) + R"(,"credit_amount":3,"amount":2}]})") ==
        "{,\"legs\":[{," + ends(one, other) +
            R"(,"amount":2,"credit_amount":3},],"fx":{,"rate":"1.5","source":"s"},"pending":true,)"
            R"("expires_at":"2026-01-02T03:04:05.500000Z","effective_at":"2026-01-02T03:04:05.000000Z","description":"d",)"
            R"("external_reference":"r","metadata":{"a":"é","b":[1,{"c":true,"d":null}]}})");
    BOOST_TEST(canonical<part>("{}") == "{}");
    BOOST_TEST(canonical<part>(R"({"amounts":[1,0]})") == R"({,"amounts":[1,0,]})");
    BOOST_TEST(
        canonical<new_batch>(R"({"transfers":[{"amount":1}],"atomic":true})") ==
        R"({,"atomic":true,"transfers":[{,"amount":1},]})");
}

BOOST_AUTO_TEST_CASE(leaves_out_what_says_nothing) {
    BOOST_TEST(
        canonical<new_transfer>(
            R"({"pending":false,"metadata":{ },"legs":null,"fx":null,"description":null,"amount":1})") ==
        R"({,"amount":1})");
}

BOOST_AUTO_TEST_CASE(of_any_json_has_its_members_in_order) {
    std::string out;
    server::schema::append_canonical_json(out, R"( { "b" : [ {"y":1,"x":2} , 3 ], "a" : "\u0041" } )");
    BOOST_TEST(out == R"({"a":"A","b":[{"x":2,"y":1},3]})");
    server::schema::append_canonical_json(out, "{");
    BOOST_TEST(out.ends_with("}{"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::request_canonical_test
