#include "middleware/denial_counter.hpp"

#include <boost/test/unit_test.hpp>

using bursar::middleware::denial_counter;
using bursar::middleware::denied_call;
using bursar::server::uuid;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(denial_counting)

BOOST_AUTO_TEST_CASE(a_flood_becomes_one_row_a_minute_with_its_count) {
    denial_counter counter;
    const bursar::server::http::route route{};
    const denied_call call{uuid::v7(), &route};
    const auto start = bursar::server::steady_clock::now();
    BOOST_TEST(counter.add(call, start) == 1U);
    for (int i = 0; i < 1000; ++i)
        BOOST_TEST(counter.add(call, start + 59s) == 0U);
    BOOST_TEST(counter.add(call, start + 60s) == 1001U);
    BOOST_TEST(counter.add(call, start + 61s) == 0U);
}

BOOST_AUTO_TEST_CASE(callers_and_routes_are_counted_apart) {
    denial_counter counter;
    const bursar::server::http::route one{};
    const bursar::server::http::route other{};
    const auto caller = uuid::v7();
    const auto now = bursar::server::steady_clock::now();
    BOOST_TEST(counter.add({caller, &one}, now) == 1U);
    BOOST_TEST(counter.add({caller, &other}, now) == 1U);
    BOOST_TEST(counter.add({uuid::v7(), &one}, now) == 1U);
    BOOST_TEST(counter.add({caller, &one}, now) == 0U);
}

BOOST_AUTO_TEST_CASE(what_could_not_be_written_is_told_later) {
    denial_counter counter;
    const bursar::server::http::route route{};
    const denied_call call{uuid::v7(), &route};
    const auto now = bursar::server::steady_clock::now();
    counter.take_back(call, counter.add(call, now), now);
    BOOST_TEST(counter.add(call, now) == 0U);
    BOOST_TEST(counter.add(call, now + 1s) == 3U);
}

BOOST_AUTO_TEST_CASE(memory_is_bounded_and_comes_back) {
    denial_counter counter{2};
    const bursar::server::http::route route{};
    const auto now = bursar::server::steady_clock::now();
    BOOST_TEST(counter.add({uuid::v7(), &route}, now) == 1U);
    BOOST_TEST(counter.add({uuid::v7(), &route}, now) == 1U);
    BOOST_TEST(counter.add({uuid::v7(), &route}, now) == 0U);
    BOOST_TEST(counter.add({uuid::v7(), &route}, now + 60s) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
