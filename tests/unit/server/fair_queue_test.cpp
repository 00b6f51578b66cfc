#include "server/fair_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace bursar::tests::fair_queue_test {

using namespace bursar::server;

namespace {

struct shop {
    void push(const uuid& org, const std::string& items, std::size_t weight = 1) {
        for (const char item : items)
            queue.push(org, item, weight);
    }
    // Takes so many, in turns of two, without those that are held.
    std::string take(std::size_t count, const std::string& held = {}) {
        std::string out;
        queue.offer(2, [&](char& next) {
            if (out.size() == count)
                return offered::enough;
            if (held.find(next) != std::string::npos)
                return offered::left;
            out += next;
            return offered::taken;
        });
        return out;
    }

    fair_queue<char> queue;
    const uuid a = uuid::v7();
    const uuid b = uuid::v7();
    const uuid c = uuid::v7();
};

} // namespace

BOOST_AUTO_TEST_SUITE(fair_queues)

BOOST_FIXTURE_TEST_CASE(one_organization_is_first_come_first_served, shop) {
    push(a, "12345");
    BOOST_TEST(take(2) == "12");
    push(a, "6");
    BOOST_TEST(take(9) == "3456");
    BOOST_TEST(queue.empty());
    BOOST_TEST(queue.weight() == 0U);
}

BOOST_FIXTURE_TEST_CASE(organizations_take_turns_and_the_next_one_begins, shop) {
    push(a, "123456789");
    push(b, "xy");
    push(c, "p");
    BOOST_TEST(take(6) == "12xyp3");
    push(b, "z");
    BOOST_TEST(take(3) == "45z");
    push(c, "q");
    BOOST_TEST(take(2) == "67");
    BOOST_TEST(take(2) == "q8"); // c begins, after a did
}

BOOST_FIXTURE_TEST_CASE(what_is_left_keeps_its_place, shop) {
    push(a, "1234");
    push(b, "xy");
    BOOST_TEST(take(9, "13y") == "2x4");
    BOOST_TEST(queue.weight() == 3U);
    BOOST_TEST(take(1) == "y"); // it was b's turn to begin
    BOOST_TEST(take(9) == "13");
}

BOOST_FIXTURE_TEST_CASE(what_is_left_takes_its_turn_too, shop) {
    push(a, "123456");
    push(b, "xy");
    std::string offered_in_order;
    queue.offer(2, [&](char& next) {
        offered_in_order += next;
        return offered::left;
    });
    BOOST_TEST(offered_in_order == "12xy3456");
}

BOOST_FIXTURE_TEST_CASE(who_floods_fills_its_part_alone, shop) {
    push(a, "1234567890");
    BOOST_TEST(!queue.has_room(a, 1, 10));
    BOOST_TEST(queue.has_room(b, 10, 10));
    BOOST_TEST(!queue.has_room(b, 11, 10));
    push(b, "xyzw");
    BOOST_TEST(queue.has_room(b, 1, 10));
    BOOST_TEST(!queue.has_room(b, 2, 10)); // half is its part
    BOOST_TEST(queue.has_room(c, 6, 10));
    BOOST_TEST(!queue.has_room(c, 7, 10)); // twice the room is all there is
}

BOOST_FIXTURE_TEST_CASE(what_is_removed_leaves_no_weight, shop) {
    push(a, "12", 5);
    push(b, "x", 7);
    queue.remove_if([](char item) { return item != '2'; });
    BOOST_TEST(queue.weight() == 5U);
    BOOST_TEST(take(9) == "2");
    BOOST_TEST(queue.empty());
}

BOOST_FIXTURE_TEST_CASE(one_at_a_time_is_taken_in_turns, shop) {
    push(a, "1234");
    push(b, "xy");
    std::string taken;
    while (const auto next = queue.take([](char) { return true; }))
        taken += *next;
    BOOST_TEST(taken == "1x2y34");
    BOOST_TEST(queue.empty());
}

BOOST_FIXTURE_TEST_CASE(who_may_not_go_is_passed_over_and_keeps_his_turn, shop) {
    push(a, "12");
    push(b, "xy");
    BOOST_TEST(*queue.take([](char first) { return first != '1'; }) == 'x');
    BOOST_TEST(*queue.take([](char) { return true; }) == '1');
    BOOST_TEST(!queue.take([](char) { return false; }));
    BOOST_TEST(queue.weight() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::fair_queue_test
