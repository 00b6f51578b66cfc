// The algorithm and the store of the rate limits, under a clock of the test's own.
#include "server/rate_limits/memory_store.hpp"
#include "server/rate_limits/redis_address.hpp"
#include "server/uuid.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace bursar::tests::rate_limits_test {

using namespace bursar::server;
using namespace bursar::server::rate_limits;
using namespace std::chrono_literals;

namespace {

constexpr policy standard{"default", {100, 60s}};
constexpr std::uint64_t seed = 7;

// One caller and the store that knows it.
struct caller {
    budget call(nanoseconds now) { return store.take({charge{who, under}}, now); }

    // How many of the calls that come every `step` are accepted in (from, until].
    std::size_t accepted(nanoseconds from, nanoseconds until, nanoseconds step) {
        std::size_t count = 0;
        for (auto now = from + step; now <= until; now += step)
            count += call(now).allowed() ? 1U : 0U;
        return count;
    }

    memory_store store{64, seed};
    policy under = standard;
    subject who = by_id(scope::principal, uuid::v7());
};

subject address(const char* text) {
    return by_address(scope::address, boost::asio::ip::make_address(text));
}

} // namespace

BOOST_AUTO_TEST_SUITE(rate_limit_algorithm)

BOOST_AUTO_TEST_CASE(a_quiet_caller_may_spend_the_whole_budget_at_once) {
    caller one;
    for (std::uint32_t i = 1; i <= 100; ++i) {
        const auto made = one.call(1s);
        BOOST_TEST(made.allowed());
        BOOST_TEST(made.now.remaining == 100 - i);
    }
    BOOST_TEST(!one.call(1s).allowed());
}

BOOST_AUTO_TEST_CASE(tells_when_the_budget_is_whole_again_and_when_to_come_back_rounded_up) {
    caller one;
    BOOST_TEST(one.call(0s).now.seconds == 1U); // 0.6 s
    for (int i = 1; i < 50; ++i)
        one.call(0s);
    const auto half = one.call(600ms); // one came back, one went
    BOOST_TEST(half.now.remaining == 50U);
    BOOST_TEST(half.now.seconds == 30U);
    for (int i = 0; i < 50; ++i)
        one.call(600ms);
    const auto refusal = one.call(600ms);
    BOOST_TEST(!refusal.allowed());
    BOOST_TEST(refusal.now.remaining == 0U);
    BOOST_TEST(refusal.now.seconds == 1U);
    caller slow;
    slow.under = {"login", {10, 15min}};
    for (int i = 0; i < 10; ++i)
        slow.call(0s);
    BOOST_TEST(slow.call(0s).now.seconds == 90U);
    BOOST_TEST(slow.call(1ms).now.seconds == 90U); // 89.999
    BOOST_TEST(slow.call(89s).now.seconds == 1U);
    BOOST_TEST(!slow.call(89'999ms).allowed());
    BOOST_TEST(slow.call(90s).allowed());
}

BOOST_AUTO_TEST_CASE(who_never_rests_gets_exactly_the_limit_in_every_window) {
    for (const std::uint32_t limit : {1U, 7U, 60U, 100U, 997U, 6'000U, 1'000'000U}) {
        caller one;
        one.under.of.limit = limit;
        const auto step = std::max<nanoseconds>(one.under.of.interval() / 7, 1ns);
        const auto start = one.under.of.interval() * 2;
        std::size_t burst = 0;
        while (one.call(start).allowed())
            ++burst;
        BOOST_TEST(burst == limit);
        const auto span = std::min<nanoseconds>(60s, one.under.of.interval() * 2'000);
        const auto got = static_cast<double>(one.accepted(start, start + span, step));
        const auto due = static_cast<double>(span / one.under.of.interval());
        BOOST_TEST(got >= due - 1, limit);
        BOOST_TEST(got <= due, limit);
    }
}

BOOST_AUTO_TEST_CASE(a_refusal_costs_nothing) {
    caller one;
    for (int i = 0; i < 100; ++i)
        one.call(0s);
    for (int i = 0; i < 1'000; ++i)
        BOOST_TEST(!one.call(599ms).allowed());
    BOOST_TEST(one.call(600ms).allowed());
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_back_stands_still) {
    caller one;
    for (int i = 0; i < 50; ++i)
        one.call(1h);
    BOOST_TEST(one.call(1s).now.remaining == 49U);
    BOOST_TEST(one.call(1h + 600ms).now.remaining == 49U);
    // One that jumped ahead and came back, as another process's may, locks nobody out for longer than a window.
    BOOST_TEST(debt_at(standard.of, 10h, 1s).count() == nanoseconds{60s}.count());
}

BOOST_AUTO_TEST_CASE(a_limit_that_is_changed_holds_at_once) {
    caller one;
    one.under.of.limit = 1'000;
    for (int i = 0; i < 1'000; ++i)
        one.call(0s);
    one.under.of = {10, 6s};
    BOOST_TEST(!one.call(0s).allowed());
    BOOST_TEST(one.call(60s).allowed());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rate_limit_store)

BOOST_AUTO_TEST_CASE(charges_all_budgets_or_none) {
    memory_store store{64, seed};
    const charge own{by_id(scope::principal, uuid::v7()), {"default", {5, 60s}}};
    const charge tenant{by_id(scope::tenant, uuid::v7()), {"tenant", {3, 60s}}};
    for (int i = 0; i < 3; ++i)
        BOOST_TEST((store.take({own, tenant}, 0s).under.name == "default"));
    const auto refusal = store.take({own, tenant}, 0s);
    BOOST_TEST(!refusal.allowed());
    BOOST_TEST(refusal.under.name == "tenant");
    BOOST_TEST(refusal.now.seconds == 20U);
    BOOST_TEST(store.take({own}, 0s).now.remaining == 1U); // the refused call was not charged here
    store.take({own}, 0s);
    const auto both = store.take({own, tenant}, 0s);
    BOOST_TEST(both.under.name == "tenant"); // lasts longer than 12 s
}

BOOST_AUTO_TEST_CASE(scopes_are_apart) {
    memory_store store{64, seed};
    const auto id = uuid::v7();
    store.take({charge{by_id(scope::principal, id), {"default", {1, 60s}}}}, 0s);
    BOOST_TEST(!store.take({charge{by_id(scope::principal, id), {"default", {1, 60s}}}}, 0s).allowed());
    BOOST_TEST(store.take({charge{by_id(scope::expensive, id), {"expensive", {1, 60s}}}}, 0s).allowed());
}

BOOST_AUTO_TEST_CASE(an_ipv6_client_is_its_network) {
    BOOST_TEST((address("2001:db8:1:2::1").id == address("2001:db8:1:2:ffff::9").id));
    BOOST_TEST((address("2001:db8:1:2::1").id != address("2001:db8:1:3::1").id));
    BOOST_TEST((address("192.0.2.1").id != address("192.0.2.2").id));
    BOOST_TEST((address("::ffff:192.0.2.1").id == address("192.0.2.1").id));
    BOOST_TEST((address("::1").id != address("127.0.0.1").id));
    memory_store store{64, seed};
    for (const auto* client : {"::1", "2001:db8::1", "192.0.2.1"}) {
        const charge one{address(client), {"address", {1, 60s}}};
        BOOST_TEST(store.take({one}, 0s).allowed(), client);
        BOOST_TEST(!store.take({one}, 0s).allowed(), client);
    }
}

BOOST_AUTO_TEST_CASE(an_ipv6_client_is_of_a_network) {
    const auto network = [](const char* text) {
        return by_network(scope::network, boost::asio::ip::make_address(text));
    };
    BOOST_TEST((network("2001:db8:1:2::1")->id == network("2001:db8:1:ffff::9")->id));
    BOOST_TEST((network("2001:db8:1:2::1")->id != network("2001:db8:2:2::1")->id));
    for (const auto* without : {"192.0.2.1", "::ffff:192.0.2.1"})
        BOOST_TEST(!network(without).has_value(), without);
}

BOOST_AUTO_TEST_CASE(a_name_counts_whatever_its_case) {
    BOOST_TEST(
        (by_name(scope::login_account, "Ada@Example.com").id == by_name(scope::login_account, "ada@example.COM").id));
    BOOST_TEST(
        (by_name(scope::login_account, "ada@example.com").id != by_name(scope::login_account, "bob@example.com").id));
}

BOOST_AUTO_TEST_CASE(a_flood_of_addresses_takes_no_more_room_and_forgets_no_offender) {
    constexpr std::size_t room = 1'024;
    memory_store store{room, seed};
    const policy under{"address", {100, 60s}};
    const charge offender{address("192.0.2.1"), under};
    for (int i = 0; i < 100; ++i)
        store.take({offender}, 0s);
    std::mt19937 random{seed}; // NOLINT(cert-msc51-cpp): the same every time
    for (int i = 0; i < 200'000; ++i) {
        const boost::asio::ip::address_v4 client{static_cast<std::uint32_t>(random())};
        BOOST_REQUIRE(store.take({charge{by_address(scope::address, client), under}}, 0s).allowed());
    }
    BOOST_TEST(store.in_debt(scope::address, 0s) <= room);
    BOOST_TEST(store.in_debt(scope::address, 0s) > room / 2);
    BOOST_TEST(!store.take({offender}, 0s).allowed());
    BOOST_TEST(store.in_debt(scope::address, 61s) == 0U); // all whole: as good as gone
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(redis_url)

BOOST_AUTO_TEST_CASE(names_a_host_and_what_it_asks_for) {
    const auto plain = parse_redis_url("redis://cache.internal");
    BOOST_REQUIRE(plain.has_value());
    BOOST_TEST(plain->host == "cache.internal");
    BOOST_TEST(plain->port == 6379U);
    BOOST_TEST(plain->password.empty());
    const auto full = parse_redis_url("redis://bursar:p%40ss%3Aword@[::1]:6380/3");
    BOOST_REQUIRE(full.has_value());
    BOOST_TEST(full->host == "::1");
    BOOST_TEST(full->port == 6380U);
    BOOST_TEST(full->user == "bursar");
    BOOST_TEST(full->password == "p@ss:word");
    BOOST_TEST(full->database == 3U);
    BOOST_TEST(parse_redis_url("redis://:secret@10.0.0.1:1/")->user.empty());
    for (const auto* wrong :
         {"", "redis://", "http://x", "redis://x:port", "redis://x:0", "redis://x:70000", "redis://x/db",
          "redis://[::1", "redis://user@x", "redis://u:%zz@x", "redis://[]:1"})
        BOOST_TEST(!parse_redis_url(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::rate_limits_test
