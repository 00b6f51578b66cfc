// What is believed of a wall clock, and when.
#include "server/clock_watch.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::clock_watch_test {

using namespace bursar::server;
using namespace std::chrono_literals;

namespace {

// So long after the beginning, with the wall clock off by so much.
clock_reading at(std::chrono::milliseconds after, std::chrono::milliseconds off = 0ms) {
    return {timestamp{} + 24h * 365 * 50 + after + off, steady_clock::time_point{} + 1h + after};
}

} // namespace

BOOST_AUTO_TEST_SUITE(clock_watch_)

BOOST_AUTO_TEST_CASE(without_a_time_that_was_confirmed_any_is_believed) {
    clock_watch watch;
    BOOST_TEST(watch.believes(at(0s)));
    BOOST_TEST(watch.believes(at(1s, 24h)));
}

BOOST_AUTO_TEST_CASE(a_step_is_believed_when_it_has_stood_and_a_step_back_at_once) {
    for (const auto step :
         {std::chrono::milliseconds{24h * 40}, std::chrono::milliseconds{-24h * 40}, 1500ms, -1500ms}) {
        clock_watch watch;
        watch.confirm(at(0s));
        BOOST_TEST(watch.believes(at(1s)));
        BOOST_TEST(!watch.believes(at(2s, step)));
        BOOST_TEST(!watch.believes(at(20s, step)));
        BOOST_TEST(watch.believes(at(21s)));
        BOOST_TEST(!watch.believes(at(22s, step)));
        BOOST_TEST(!watch.believes(at(51s, step)));
        BOOST_TEST(watch.believes(at(52s, step)));
        watch.confirm(at(52s, step));
        BOOST_TEST(!watch.believes(at(53s)));
    }
}

BOOST_AUTO_TEST_CASE(each_further_step_has_to_stand) {
    clock_watch watch;
    watch.confirm(at(0s));
    for (int i = 1; i < 10; ++i)
        BOOST_TEST(!watch.believes(at(10s * i, 1h * i)));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_slewed_does_not_step) {
    clock_watch watch;
    watch.confirm(at(0s));
    BOOST_TEST(watch.believes(at(2h, 4s)));
    BOOST_TEST(!watch.believes(at(2h, 10s)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::clock_watch_test
