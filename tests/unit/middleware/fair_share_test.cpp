#include "middleware/fair_share.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>

namespace bursar::tests::fair_share_test {

using middleware::fair_share;
using namespace std::chrono_literals;

namespace {

struct counted final : fair_share::waiter {
    void admit() override { admitted = true; }
    bool admitted = false;
};

// One organization's requests: so many at work, and those that wait.
struct flood {
    explicit flood(fair_share& on)
        : share(on) {}

    // False: refused.
    bool ask(fair_share::time_point now = {}) {
        tenant = &share.arrive(org, now);
        if (share.start(*tenant)) {
            ++at_once;
            return true;
        }
        auto& one = waiting.emplace_back();
        if (share.wait(*tenant, one))
            return true;
        waiting.pop_back();
        return false;
    }
    void ask_often(std::size_t times) {
        for (std::size_t i = 0; i < times; ++i)
            ask();
    }
    std::size_t at_work() const {
        std::size_t count = at_once;
        for (const auto& one : waiting)
            count += one.admitted ? 1U : 0U;
        return count - gone;
    }
    bool leave() {
        ++gone;
        return share.leave(*tenant);
    }

    fair_share& share;
    const server::uuid org = server::uuid::v7();
    fair_share::tenant* tenant = nullptr;
    std::deque<counted> waiting;
    std::size_t at_once = 0;
    std::size_t gone = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(fair_shares)

BOOST_AUTO_TEST_CASE(who_is_alone_has_all_of_it) {
    fair_share share{4, 1'000};
    flood a{share};
    a.ask_often(500);
    BOOST_TEST(a.at_work() == 500U);
    BOOST_TEST(!a.leave()); // nothing to settle
}

BOOST_AUTO_TEST_CASE(one_that_floods_waits_behind_its_own) {
    fair_share share{4, 1'000};
    flood a{share};
    flood b{share};
    b.ask();
    a.ask_often(100);
    BOOST_TEST(a.at_work() == 5U); // 4 more than the 1 of the other
    b.ask();
    BOOST_TEST(b.at_work() == 2U);
    BOOST_TEST(a.leave());
    BOOST_TEST(!a.leave()); // one settling does for both
    share.settle();
    BOOST_TEST(a.at_work() == 6U);
    BOOST_TEST(a.waiting.front().admitted);
    BOOST_TEST(!a.waiting.back().admitted);
}

BOOST_AUTO_TEST_CASE(tenants_that_are_equally_busy_do_not_wait_for_each_other) {
    fair_share share{4, 1'000};
    std::deque<flood> all;
    for (int i = 0; i < 5; ++i)
        all.emplace_back(share);
    for (int i = 0; i < 50; ++i)
        for (auto& each : all)
            each.ask();
    for (auto& each : all)
        BOOST_TEST(each.at_work() == 50U);
}

BOOST_AUTO_TEST_CASE(the_place_for_those_who_wait_is_shared_as_well) {
    fair_share share{4, 90};
    flood a{share};
    flood b{share};
    flood c{share};
    c.ask();
    b.ask();
    a.ask_often(200);
    BOOST_TEST(a.waiting.size() == 45U);
    b.ask_often(200);
    BOOST_TEST(b.waiting.size() == 30U);
    BOOST_TEST(c.ask());
    BOOST_TEST(c.at_work() == 2U);
}

BOOST_AUTO_TEST_CASE(a_tenant_that_is_gone_for_long_no_longer_counts) {
    fair_share share{4, 1'000, 10s};
    const auto start = fair_share::time_point{} + 1h;
    flood a{share};
    flood b{share};
    b.ask(start);
    b.leave();
    share.settle();
    for (int i = 0; i < 10; ++i)
        a.ask(start + 10s);
    BOOST_TEST(a.at_work() == 4U);
    a.ask(start + 11s); // behind the others
    BOOST_TEST(a.at_work() == 4U);
    BOOST_TEST(a.leave());
    share.settle();
    BOOST_TEST(a.at_work() == 10U);
}

BOOST_AUTO_TEST_CASE(what_weighs_more_takes_more_of_the_share) {
    fair_share share{8, 1'000};
    flood b{share};
    b.ask();
    b.leave();
    share.settle();
    auto& whose = share.arrive(server::uuid::v7(), {});
    BOOST_TEST(share.start(whose, 4));
    BOOST_TEST(share.start(whose, 3));
    BOOST_TEST(!share.start(whose, 4));
    counted first;
    counted second;
    BOOST_TEST(share.wait(whose, first, 4));
    BOOST_TEST(share.wait(whose, second, 1));
    BOOST_TEST(!share.start(whose, 1)); // behind them, though it would fit
    share.leave(whose, 3);
    share.settle();
    BOOST_TEST(first.admitted);
    BOOST_TEST(!second.admitted);
    share.leave(whose, 4);
    share.settle();
    BOOST_TEST(second.admitted);
}

BOOST_AUTO_TEST_CASE(who_gives_up_is_passed_over) {
    fair_share share{1, 1'000};
    flood a{share};
    flood b{share};
    b.ask();
    b.leave();
    share.settle();
    a.ask_often(3);
    BOOST_TEST(a.at_work() == 1U);
    a.waiting.pop_front();
    a.leave();
    share.settle();
    BOOST_TEST(a.waiting.front().admitted);
    a.leave();
    share.settle();
    BOOST_TEST(a.at_work() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::fair_share_test
