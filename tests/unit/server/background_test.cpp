#include "server/background.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace bursar::tests::background_test {

using namespace bursar::server;
using namespace std::chrono_literals;

namespace {

// Jobs that write down what becomes of them.
struct fixture {
    asio::io_context loop;
    prometheus::Registry metrics;
    background all{loop, metrics};
    task_group tasks{loop};
    std::vector<std::string> seen;

    periodic::work notes(std::string what) {
        return [this, what = std::move(what)]() -> awaitable<bool> {
            seen.push_back(what);
            co_return false;
        };
    }

    void turn() {
        loop.restart();
        loop.poll();
    }

    void stop() {
        asio::co_spawn(loop, all.stop(), [](const std::exception_ptr& failed) { BOOST_TEST(!failed); });
        turn();
    }

    std::string shown() const { return prometheus::TextSerializer{}.Serialize(metrics.Collect()); }
};

using names = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(background_jobs, fixture)

BOOST_AUTO_TEST_CASE(begin_in_their_order_and_are_stopped_in_reverse) {
    all.add({.name = "first", .pause = 1h, .work = notes("first"), .last = notes("end of first")});
    all.add({.name = "second", .pause = 1h, .work = notes("second")});
    all.add({.name = "third", .pause = 1h, .work = notes("third"), .last = notes("end of third")});
    all.start(tasks);
    all.ready();
    turn();
    BOOST_TEST(seen == (names{"first", "second", "third"}), boost::test_tools::per_element());
    BOOST_TEST(tasks.size() == 3U);
    seen.clear();
    stop();
    BOOST_TEST(seen == (names{"end of third", "end of first"}), boost::test_tools::per_element());
    BOOST_TEST(tasks.size() == 0U);
}

BOOST_AUTO_TEST_CASE(wait_for_the_process_to_be_ready_unless_it_takes_them) {
    all.add({"later", 1h, notes("later")});
    all.add({"at once", 1h, notes("at once"), background::begins::at_start});
    all.start(tasks);
    turn();
    BOOST_TEST(seen == (names{"at once"}), boost::test_tools::per_element());
    all.ready();
    turn();
    BOOST_TEST(seen == (names{"at once", "later"}), boost::test_tools::per_element());
    stop();
}

BOOST_AUTO_TEST_CASE(do_not_begin_once_they_were_stopped) {
    all.add({"later", 1h, notes("later")});
    all.start(tasks);
    stop();
    all.ready();
    turn();
    BOOST_TEST(seen.empty());
    BOOST_TEST(tasks.size() == 0U);
}

BOOST_AUTO_TEST_CASE(are_switched_off_without_a_pause_and_ended_by_name) {
    all.add({"off", 0ms, notes("off")});
    all.add({"once", 1ms, notes("once")});
    all.start(tasks);
    all.ready();
    turn();
    all.end("once");
    turn();
    BOOST_TEST(seen == (names{"once"}), boost::test_tools::per_element());
    BOOST_TEST(tasks.size() == 0U);
    stop();
}

BOOST_AUTO_TEST_CASE(are_counted_by_name) {
    all.add({"seal", 1h, notes("seal")});
    all.start(tasks);
    all.ready();
    turn();
    stop();
    BOOST_TEST(shown().find("bursar_background_runs_total{job=\"seal\"} 1") != std::string::npos, shown());
    BOOST_TEST(
        shown().find("bursar_background_last_run_timestamp_seconds{job=\"seal\"} 1") != std::string::npos, shown());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::background_test
