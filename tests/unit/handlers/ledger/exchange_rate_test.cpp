// Rates beside amounts: exact, whatever the exponents, and forgiving less than one minor unit.
#include "handlers/ledger/transfers/exchange_rate.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::exchange_rate_test {

using namespace bursar::handlers::transfers;

namespace {

constexpr std::int64_t largest = 9007199254740991; // 2^53 - 1

constexpr money cents(std::int64_t amount) {
    return {amount, 2};
}

} // namespace

BOOST_AUTO_TEST_SUITE(exchange_rates)

BOOST_AUTO_TEST_CASE(what_a_rate_looks_like) {
    for (const auto* text : {"1", "1.085", "1.0850", "0.000000000000000001", "999999999999999999.999999999999999999"})
        BOOST_TEST(is_exchange_rate(text), text);
    for (const auto* text :
         {"", "0", "0.0", "0.000", "-1", "+1", ".5", "1.", "01", "00.5", "1e3", "1,5", " 1", "1 ", "1.1.1", "NaN",
          "1/3", "1000000000000000000", "0.0000000000000000001"})
        BOOST_TEST(!is_exchange_rate(text), text);
}

BOOST_AUTO_TEST_CASE(amounts_agree_however_they_were_rounded) {
    // 100.01 EUR at 1.085 are 108.51085 USD.
    BOOST_TEST(agrees("1.085", cents(10001), cents(10851)));
    BOOST_TEST(agrees("1.085", cents(10001), cents(10852)));
    BOOST_TEST(!agrees("1.085", cents(10001), cents(10850)));
    BOOST_TEST(!agrees("1.085", cents(10001), cents(10853)));
    // What is no fraction has one answer.
    BOOST_TEST(agrees("1.085", cents(10000), cents(10850)));
    BOOST_TEST(!agrees("1.085", cents(10000), cents(10849)));
    BOOST_TEST(!agrees("1.085", cents(10000), cents(10851)));
}

BOOST_AUTO_TEST_CASE(rates_are_of_major_units) {
    // 1 USD is 155.20 JPY, which has no decimal places; 1 KWD has three.
    BOOST_TEST(agrees("155.2", cents(1000), {1552, 0}));
    BOOST_TEST(agrees("0.3065", cents(100000), {306500, 3}));
    BOOST_TEST(agrees("0.0064433", {1552, 0}, cents(1000)));
    // An asset of 18 decimal places.
    BOOST_TEST(agrees("2500", {3'000'000'000'000'000, 18}, cents(750)));
}

BOOST_AUTO_TEST_CASE(the_largest_and_the_smallest_are_exact) {
    BOOST_TEST(agrees("1", cents(largest), cents(largest)));
    BOOST_TEST(!agrees("1", cents(largest), cents(largest - 1)));
    BOOST_TEST(agrees("999999999999999999.999999999999999999", {1, 18}, {1, 0}));
    BOOST_TEST(agrees("0.000000000000000001", {largest, 0}, {largest, 18}));
    BOOST_TEST(!agrees("0.000000000000000001", {largest, 0}, {largest - 1, 18}));
}

BOOST_AUTO_TEST_CASE(the_rate_of_amounts_agrees_with_them) {
    BOOST_TEST(rate_between(cents(10000), cents(10850)) == "1.085");
    BOOST_TEST(rate_between(cents(10000), cents(20000)) == "2");
    BOOST_TEST(rate_between(cents(300), cents(100)) == "0.333333333333333333");
    BOOST_TEST(rate_between(cents(300), cents(200)) == "0.666666666666666667");
    BOOST_TEST(rate_between(cents(1000), {1552, 0}) == "155.2");
    BOOST_TEST(rate_between({1552, 0}, cents(1000)) == "0.00644329896907216495");
    BOOST_TEST(rate_between({1, 18}, {largest, 0}) == "9007199254740991000000000000000000");
    for (const auto from : {std::int64_t{1}, std::int64_t{7}, std::int64_t{123456789}, largest})
        for (const auto to : {std::int64_t{1}, std::int64_t{3}, std::int64_t{987654321}, largest})
            for (const auto exponent : {0, 3, 18})
                BOOST_TEST(
                    agrees(rate_between(cents(from), {to, exponent}), cents(from), money{to, exponent}),
                    from << " " << to << " " << exponent);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::exchange_rate_test
