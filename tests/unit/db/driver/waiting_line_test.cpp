#include "db/driver/waiting_line.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <string>

namespace bursar::tests::waiting_line_test {

using namespace bursar::db;
using bursar::server::deadline;
using bursar::server::errc;
using bursar::server::steady_clock;
using bursar::server::uuid;

namespace {

struct asked final : operation {
    asked(char n, const uuid& org, deadline by)
        : operation(sending::read, by)
        , name(n)
        , bound(org) {
        values = &bound;
    }
    char name;
    parameters bound;
};

struct counter {
    ~counter() {
        while (line.take() != nullptr) {
        }
    }
    void ask(const uuid& org, const std::string& names, deadline until = deadline::max()) {
        for (const char name : names)
            line.push(all.emplace_back(name, org, until));
    }
    asked& named(char name) {
        return *std::find_if(all.begin(), all.end(), [&](const asked& each) { return each.name == name; });
    }
    template <class May>
    std::string take(May may) {
        std::string out;
        while (auto* const op = line.take(may))
            out += static_cast<asked*>(op)->name;
        return out;
    }
    std::string take() {
        return take([](const operation&) { return true; });
    }

    std::deque<asked> all;
    waiting_line line;
    const uuid a = uuid::v7();
    const uuid b = uuid::v7();
};

} // namespace

BOOST_AUTO_TEST_SUITE(waiting_lines)

BOOST_FIXTURE_TEST_CASE(with_room_for_all_it_is_first_come_first_served, counter) {
    ask(a, "123");
    ask(b, "x");
    ask(a, "4");
    BOOST_TEST(take() == "123x4");
}

BOOST_FIXTURE_TEST_CASE(without_room_tenants_take_turns, counter) {
    ask(a, "1234");
    line.take_turns();
    ask(b, "xy");
    BOOST_TEST(line.size() == 6U);
    BOOST_TEST(take() == "1x2y34");
    BOOST_TEST(line.empty());
}

BOOST_FIXTURE_TEST_CASE(what_is_sent_again_goes_first, counter) {
    ask(a, "12");
    ask(b, "x");
    line.take_turns();
    auto& again = *line.take();
    line.push_first(again);
    BOOST_TEST(take() == "1x2");
}

BOOST_FIXTURE_TEST_CASE(a_tenant_that_may_not_go_holds_up_nobody, counter) {
    ask(a, "12");
    ask(b, "xy");
    BOOST_TEST(take([&](const operation& op) { return op.values->first_id() == b; }) == "xy");
    BOOST_TEST(line.size() == 2U);
    BOOST_TEST(take() == "12");
}

BOOST_FIXTURE_TEST_CASE(who_gives_up_or_comes_too_late_is_in_line_no_longer, counter) {
    const auto now = steady_clock::now();
    ask(a, "123");
    ask(b, "x", now);
    line.take_turns();
    ask(b, "yz", now);
    line.remove(named('2'));
    line.remove(named('z'));
    operation_list late;
    line.expire(now, late);
    BOOST_TEST(late.size() == 2U);
    for (auto& each : late)
        BOOST_TEST((each.outcome.error().code == errc::deadline_exceeded));
    late.clear();
    BOOST_TEST(take() == "13");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::waiting_line_test
