#include "middleware/byte_budget.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>

namespace bursar::tests::byte_budget_test {

using bursar::middleware::byte_budget;
using bursar::server::uuid;

namespace {

struct waiting final : byte_budget::waiter {
    using waiter::waiter;
    void admit() override { admitted = true; }
    bool admitted = false;
};

struct purse {
    byte_budget budget{100, 60};
    const uuid a = uuid::v7();
    const uuid b = uuid::v7();
    const uuid c = uuid::v7();

    byte_budget::holding hold(const uuid& org, std::size_t bytes) {
        BOOST_REQUIRE(budget.take(org, bytes));
        return {budget, org, bytes};
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(byte_budgets)

BOOST_FIXTURE_TEST_CASE(gives_each_his_part_and_all_the_whole, purse) {
    const auto first = hold(a, 60);
    BOOST_TEST(!budget.take(a, 1));
    {
        const auto second = hold(b, 40);
        BOOST_TEST(!budget.take(c, 1));
        BOOST_TEST(budget.held() == 100U);
    }
    BOOST_TEST(budget.held() == 60U);
    BOOST_TEST(budget.take(c, 40));
}

BOOST_FIXTURE_TEST_CASE(what_became_less_is_room_for_others, purse) {
    auto first = hold(a, 60);
    waiting next{budget, a, 30};
    budget.wait(next);
    BOOST_TEST(!next.admitted);
    first.become(30);
    BOOST_TEST(next.admitted);
    BOOST_TEST(budget.held() == 60U);
    const byte_budget::holding held{budget, a, 30};
}

BOOST_FIXTURE_TEST_CASE(who_waits_for_his_own_holds_up_nobody_else, purse) {
    const auto first = hold(a, 60);
    waiting more{budget, a, 10};
    budget.wait(more);
    waiting other{budget, b, 40};
    budget.wait(other);
    BOOST_TEST(!more.admitted);
    BOOST_TEST(other.admitted);
}

BOOST_FIXTURE_TEST_CASE(organizations_take_turns, purse) {
    std::optional<byte_budget::holding> all{hold(a, 60)};
    std::optional<byte_budget::holding> rest{hold(b, 40)};
    waiting first{budget, a, 50};
    waiting second{budget, a, 50};
    waiting other{budget, c, 50};
    for (auto* each : {&first, &second, &other})
        budget.wait(*each);
    all.reset();
    BOOST_TEST(first.admitted);
    BOOST_TEST(!second.admitted);
    BOOST_TEST(!other.admitted);
    rest.reset();
    BOOST_TEST(other.admitted);
    BOOST_TEST(!second.admitted);
}

// Else many that want little would keep out one that wants much.
BOOST_FIXTURE_TEST_CASE(whose_turn_it_is_is_waited_for, purse) {
    const auto first = hold(a, 50);
    waiting large{budget, b, 60};
    budget.wait(large);
    waiting small{budget, c, 10};
    BOOST_TEST(!budget.take(c, 10));
    budget.wait(small);
    BOOST_TEST(!large.admitted);
    BOOST_TEST(!small.admitted);
}

BOOST_FIXTURE_TEST_CASE(who_goes_away_is_not_waited_for, purse) {
    std::optional<byte_budget::holding> all{hold(a, 60)};
    waiting small{budget, a, 10};
    {
        waiting large{budget, a, 60};
        budget.wait(large);
        budget.wait(small);
    }
    all.reset();
    BOOST_TEST(small.admitted);
    BOOST_TEST(budget.held() == 10U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::byte_budget_test
