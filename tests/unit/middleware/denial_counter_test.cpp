#include "middleware/denial_counter.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::denial_counter_test {

using bursar::middleware::denial_counter;
using bursar::middleware::denied_call;
using bursar::middleware::due;
using bursar::server::uuid;
using namespace std::chrono_literals;

namespace {

denied_call someone_on(const bursar::server::http::route& route) {
    return {uuid::v7(), uuid::v7(), bursar::server::actor_kind::api_key, &route, {}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(denial_counting)

BOOST_AUTO_TEST_CASE(a_flood_becomes_one_row_a_minute_with_its_count) {
    denial_counter counter;
    const bursar::server::http::route route{};
    const auto call = someone_on(route);
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
    const auto caller_on_one = someone_on(one);
    auto caller_on_other = caller_on_one;
    caller_on_other.route = &other;
    const auto now = bursar::server::steady_clock::now();
    BOOST_TEST(counter.add(caller_on_one, now) == 1U);
    BOOST_TEST(counter.add(caller_on_other, now) == 1U);
    BOOST_TEST(counter.add(someone_on(one), now) == 1U);
    BOOST_TEST(counter.add(caller_on_one, now) == 0U);
}

BOOST_AUTO_TEST_CASE(what_could_not_be_written_is_told_later) {
    denial_counter counter;
    const bursar::server::http::route route{};
    const auto call = someone_on(route);
    const auto now = bursar::server::steady_clock::now();
    counter.take_back(call, counter.add(call, now), now);
    BOOST_TEST(counter.add(call, now) == 0U);
    BOOST_TEST(counter.add(call, now + 1s) == 3U);
}

BOOST_AUTO_TEST_CASE(what_no_denial_follows_is_told_after_its_minute_or_at_the_end) {
    denial_counter counter;
    const bursar::server::http::route route{};
    const auto call = someone_on(route);
    const auto now = bursar::server::steady_clock::now();
    BOOST_TEST(counter.add(call, now) == 1U);
    BOOST_TEST(counter.take(now + 61s, due::after_their_minute).empty());
    BOOST_TEST(counter.add(call, now + 10s) == 0U);
    BOOST_TEST(counter.add(call, now + 20s) == 0U);
    BOOST_TEST(counter.take(now + 59s, due::after_their_minute).empty());
    const auto told = counter.take(now + 60s, due::after_their_minute);
    BOOST_REQUIRE(told.size() == 1U);
    BOOST_TEST((told.front().first == call));
    BOOST_TEST(told.front().second == 2U);
    BOOST_TEST(counter.add(call, now + 61s) == 0U);
    BOOST_TEST(counter.take(now + 61s, due::at_once).size() == 1U);
    BOOST_TEST(counter.take(now + 300s, due::at_once).empty());
}

BOOST_AUTO_TEST_CASE(memory_is_bounded_and_comes_back) {
    denial_counter counter{2};
    const bursar::server::http::route route{};
    const auto now = bursar::server::steady_clock::now();
    BOOST_TEST(counter.add(someone_on(route), now) == 1U);
    BOOST_TEST(counter.add(someone_on(route), now) == 1U);
    BOOST_TEST(counter.add(someone_on(route), now) == 0U);
    BOOST_TEST(counter.add(someone_on(route), now + 60s) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::denial_counter_test
