#include "tests/unit/handlers/ledger/bookkeeping.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <set>

namespace bursar::tests::working_balances_test {

using db::repositories::account_locks;

namespace {

const uuid rich = numbered(11); // a liability with 100 on it, floor 0, ceiling 150
const uuid poor = numbered(12); // likewise, with nothing on it
const uuid dollars = numbered(13);
const uuid frozen = numbered(14);
const uuid target = numbered(20);

std::vector<account> accounts() {
    return {
        {.id = world, .credit_normal = false},
        {.id = rich, .posted = 100, .floor = 0, .ceiling = 150},
        {.id = poor, .floor = 0, .ceiling = 150},
        {.id = dollars, .currency = "USD"},
        {.id = frozen, .open = false}};
}

struct books {
    explicit books(std::vector<account> of = accounts(), std::vector<target_state> targets = {})
        : balances(states_of(of), std::move(targets)) {}

    // The code of the refusal, or "OK".
    // The words of the refusal to somebody who may read balances, and to somebody who may not.
    std::pair<std::string, std::string> words(instruction what) {
        what.tells_balances = true;
        auto told = balances.apply(what, noon).error().message;
        what.tells_balances = false;
        return {std::move(told), balances.apply(what, noon).error().message};
    }
    std::string apply(const instruction& what, timestamp now = noon) {
        const auto done = balances.apply(what, now);
        return done ? "OK" : std::string{server::describe(done.error().code).name};
    }
    applied made(const instruction& what, timestamp now = noon) { return balances.apply(what, now).value(); }

    const account_state& at(const uuid& id) const { return balances.account(key_of(id)); }
    std::int64_t posted(const uuid& id) const { return at(id).credit_normal ? -at(id).balance : at(id).balance; }
    std::int64_t held(const uuid& id) const { return at(id).pending_debits + at(id).pending_credits; }

    working_balances balances;
};

books with_hold(std::int64_t amount, std::optional<timestamp> expires = {}) {
    auto hold = target_of(target, transfer_state::pending);
    hold.expires_at = expires;
    books b{accounts(), {hold}};
    b.made(moving(rich, world, amount, true));
    return b;
}

instruction posting(std::int64_t amount, std::int64_t held) {
    return doing(transfer_kind::posting, target, {{rich, world, amount, held}});
}
instruction voiding(std::int64_t held) {
    return doing(transfer_kind::void_, target, {{rich, world, held, held}});
}
instruction expiring(std::int64_t held) {
    return doing(transfer_kind::expiry, target, {{rich, world, held, held}});
}
// Of a transfer of 50 from world to rich.
instruction reversing(std::int64_t amount) {
    return doing(transfer_kind::reversal, target, {{rich, world, amount, 50}});
}

} // namespace

BOOST_AUTO_TEST_SUITE(working_balances_of_a_batch)

BOOST_AUTO_TEST_CASE(a_refusal_for_want_of_money_says_how_much_there_is) {
    books b;
    b.made(moving(rich, world, 30, true)); // held
    const auto [told, kept] = b.words(moving(rich, world, 71));
    BOOST_TEST(
        told ==
        "The account would fall below its floor of 0: 70 is available, 71 was asked for, in the smallest unit of "
        "EUR.");
    BOOST_TEST(kept == "");
    BOOST_TEST(
        b.words(moving(world, rich, 51)).first == "The account would rise above its ceiling of 150: 100 is there, 51 "
                                                  "was asked for, in the smallest unit of EUR.");
    // What an earlier leg took is not there for a later one.
    const auto both = b.words(moving(std::vector<leg>{{rich, world, 60}, {rich, world, 11}})).first;
    BOOST_TEST(both.find(": 10 is available, 11 was") != std::string::npos, both);
    // The request names no account of an earlier transfer: the answer does, to who may read it.
    books back{
        {{.id = world, .credit_normal = false}, {.id = rich, .floor = 0}}, {target_of(target, transfer_state::posted)}};
    const auto taken = back.words(reversing(50));
    BOOST_TEST(
        taken.first ==
        "The account " + rich.to_string() +
            " would fall below its floor of 0: 0 is available, 50 was asked for, in the smallest unit of "
            "EUR.");
    BOOST_TEST(taken.second == "");
    BOOST_TEST(back.apply(reversing(50)) == "INSUFFICIENT_FUNDS");
    books shut{
        {{.id = world, .credit_normal = false}, {.id = rich, .open = false}},
        {target_of(target, transfer_state::posted)}};
    BOOST_TEST(shut.words(reversing(50)).first == "The account " + rich.to_string() + " is frozen or closed.");
}

BOOST_AUTO_TEST_CASE(a_transfer_moves_both_sides_and_numbers_their_entries) {
    books b;
    const auto done = b.made(moving(rich, poor, 40));
    BOOST_TEST(b.posted(rich) == 60);
    BOOST_TEST(b.posted(poor) == 40);
    BOOST_TEST(done.entries.size() == 2U);
    BOOST_TEST(done.entries[0].debit);
    BOOST_TEST(done.entries[0].amount == 40);
    BOOST_TEST(done.entries[0].balance == -60);
    BOOST_TEST(done.entries[1].amount == -40);
    BOOST_TEST(done.entries[0].seq == 8);
    BOOST_TEST(b.made(moving(poor, rich, 1)).entries[1].seq == 9);
}

BOOST_AUTO_TEST_CASE(limits_hold_to_the_last_unit) {
    books b;
    BOOST_TEST(b.apply(moving(rich, world, 101)) == "INSUFFICIENT_FUNDS");
    BOOST_TEST(b.apply(moving(world, rich, 51)) == "LIMIT_EXCEEDED");
    BOOST_TEST(b.posted(rich) == 100);
    BOOST_TEST(b.at(rich).seq == 7);
    BOOST_TEST(b.apply(moving(world, rich, 50)) == "OK");
    BOOST_TEST(b.apply(moving(rich, world, 150)) == "OK");
    BOOST_TEST(b.apply(moving(rich, world, 1)) == "INSUFFICIENT_FUNDS");
}

BOOST_AUTO_TEST_CASE(limits_stand_in_the_normal_direction_of_an_asset_too) {
    books b{{{.id = world}, {.id = rich, .posted = 10, .floor = 0, .ceiling = 20, .credit_normal = false}}};
    BOOST_TEST(b.apply(moving(world, rich, 11)) == "INSUFFICIENT_FUNDS"); // credits take from an asset
    BOOST_TEST(b.apply(moving(rich, world, 11)) == "LIMIT_EXCEEDED");
    BOOST_TEST(b.apply(moving(rich, world, 10)) == "OK");
    BOOST_TEST(b.apply(moving(world, rich, 20)) == "OK");
}

BOOST_AUTO_TEST_CASE(a_limit_stops_what_makes_it_worse_and_nothing_else) {
    books b{{{.id = world, .credit_normal = false}, {.id = rich, .posted = -30, .floor = 0, .ceiling = 0}}};
    BOOST_TEST(b.apply(moving(rich, world, 1)) == "INSUFFICIENT_FUNDS");
    BOOST_TEST(b.apply(moving(world, rich, 10)) == "OK"); // still below, but better
}

BOOST_AUTO_TEST_CASE(holds_count_on_the_way_out_and_on_the_way_in) {
    books b;
    BOOST_TEST(b.apply(moving(rich, world, 70, true)) == "OK");
    BOOST_TEST(b.posted(rich) == 100);
    BOOST_TEST(b.at(rich).pending_debits == 70);
    BOOST_TEST(b.at(world).pending_credits == 70);
    BOOST_TEST(b.apply(moving(rich, world, 31)) == "INSUFFICIENT_FUNDS");
    BOOST_TEST(b.apply(moving(rich, world, 31, true)) == "INSUFFICIENT_FUNDS");
    BOOST_TEST(b.apply(moving(world, rich, 50, true)) == "OK");
    BOOST_TEST(b.apply(moving(world, rich, 1, true)) == "LIMIT_EXCEEDED");
    BOOST_TEST(b.apply(moving(rich, world, 31)) == "INSUFFICIENT_FUNDS"); // what comes in is not there yet
    BOOST_TEST(b.apply(moving(rich, world, 30)) == "OK");
}

BOOST_AUTO_TEST_CASE(legs_are_applied_in_their_order_and_taken_back_together) {
    books b;
    BOOST_TEST(b.apply(moving({{rich, poor, 100}, {poor, world, 100}})) == "OK"); // through, within one transfer
    BOOST_TEST(b.posted(poor) == 0);
    const auto refused = b.balances.apply(moving({{world, rich, 10}, {world, poor, 10}, {rich, poor, 11}}), noon);
    BOOST_TEST((refused.error().code == errc::insufficient_funds));
    BOOST_TEST(refused.error().fields.front().pointer == "/legs/2/debit_account_id");
    BOOST_TEST(b.posted(rich) == 0);
    BOOST_TEST(b.posted(poor) == 0);
    BOOST_TEST(b.at(poor).seq == 9);
}

BOOST_AUTO_TEST_CASE(what_an_account_is_decides_before_what_is_on_it) {
    books b;
    BOOST_TEST(b.apply(moving(numbered(99), rich, 1)) == "NOT_FOUND");
    BOOST_TEST(b.apply(moving(world, dollars, 1)) == "CURRENCY_MISMATCH");
    BOOST_TEST(b.apply(moving(world, frozen, 1)) == "ACCOUNT_NOT_OPEN");
    BOOST_TEST(b.apply(moving(frozen, world, 1, true)) == "ACCOUNT_NOT_OPEN");
    BOOST_TEST(b.posted(world) == 0);
    BOOST_TEST(b.at(world).seq == 7);
}

BOOST_AUTO_TEST_CASE(amounts_at_the_edge_neither_overflow_nor_round) {
    const auto edge = largest_amount;
    books b{
        {{.id = world, .credit_normal = false},
         {.id = rich, .posted = edge - 1},
         {.id = poor, .posted = -edge},
         {.id = dollars, .posted = edge}}};
    BOOST_TEST(b.apply(moving(world, rich, 2)) == "BALANCE_OUT_OF_RANGE");
    BOOST_TEST(b.apply(moving(world, rich, edge)) == "BALANCE_OUT_OF_RANGE");
    BOOST_TEST(b.apply(moving(world, rich, 1)) == "OK");
    BOOST_TEST(b.posted(rich) == edge);
    BOOST_TEST(b.apply(moving(poor, dollars, 1)) == "BALANCE_OUT_OF_RANGE");
    BOOST_TEST(b.apply(moving(rich, poor, edge)) == "OK");
    BOOST_TEST(b.apply(moving(rich, poor, edge, true)) == "OK");
    BOOST_TEST(b.apply(moving(rich, poor, 1, true)) == "BALANCE_OUT_OF_RANGE");
    BOOST_TEST(b.at(rich).pending_debits == edge);
}

BOOST_AUTO_TEST_CASE(a_hold_is_posted_whole_or_in_part_and_the_rest_let_go) {
    for (const std::int64_t amount : {70, 25}) {
        auto b = with_hold(70);
        const auto done = b.made(posting(amount, 70));
        BOOST_TEST((done.state == transfer_state::posted));
        BOOST_TEST(b.posted(rich) == 100 - amount);
        BOOST_TEST(b.held(rich) == 0);
        BOOST_TEST(b.held(world) == 0);
        BOOST_TEST(b.apply(posting(1, 70)) == "INVALID_STATE");
        BOOST_TEST(b.apply(voiding(70)) == "INVALID_STATE");
        const auto changed = b.balances.changed_targets();
        BOOST_TEST(changed.size() == 1U);
        BOOST_TEST((changed[0].state == transfer_state::posted));
        BOOST_TEST((changed[0].settled_by == done.id));
    }
}

BOOST_AUTO_TEST_CASE(a_void_lets_the_hold_go_once) {
    auto b = with_hold(70);
    BOOST_TEST((b.made(voiding(70)).state == transfer_state::voided));
    BOOST_TEST(b.posted(rich) == 100);
    BOOST_TEST(b.held(rich) == 0);
    BOOST_TEST(b.apply(voiding(70)) == "INVALID_STATE");
    BOOST_TEST(b.apply(posting(70, 70)) == "INVALID_STATE");
}

BOOST_AUTO_TEST_CASE(a_hold_expires_when_its_time_has_come_and_is_not_posted_after) {
    auto b = with_hold(70, noon + 1min);
    BOOST_TEST(b.apply(expiring(70), noon) == "INVALID_STATE");
    BOOST_TEST(b.apply(posting(70, 70), noon + 1min) == "INVALID_STATE");
    BOOST_TEST(b.apply(expiring(70), noon + 1min) == "OK");
    BOOST_TEST(b.held(rich) == 0);
    auto voided = with_hold(70, noon + 1min);
    BOOST_TEST(voided.apply(voiding(70), noon + 2min) == "OK"); // letting go is never too late
}

BOOST_AUTO_TEST_CASE(a_hold_is_not_overdue_when_it_is_made) {
    books b;
    auto hold = moving(rich, world, 1, true);
    hold.expires_at = noon;
    BOOST_TEST(b.apply(hold, noon) == "VALIDATION_FAILED");
    BOOST_TEST(b.apply(hold, noon - 1us) == "OK");
}

BOOST_AUTO_TEST_CASE(settling_needs_its_target) {
    books b;
    BOOST_TEST(b.apply(posting(1, 1)) == "NOT_FOUND");
    BOOST_TEST(b.apply(reversing(1)) == "NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(reversals_sum_to_at_most_the_whole) {
    books b{accounts(), {target_of(target, transfer_state::posted)}};
    BOOST_TEST(b.apply(reversing(51)) == "AMOUNT_EXCEEDED");
    BOOST_TEST(b.apply(reversing(30)) == "OK");
    BOOST_TEST(b.apply(reversing(21)) == "AMOUNT_EXCEEDED");
    BOOST_TEST(b.apply(reversing(20)) == "OK");
    BOOST_TEST(b.apply(reversing(0)) == "AMOUNT_EXCEEDED"); // the rest of nothing
    BOOST_TEST(b.posted(rich) == 50);
    BOOST_TEST(b.balances.changed_targets().front().reversed == 50);
    BOOST_TEST(b.balances.changed_targets().front().reversed_legs.front() == 50);
}

// The poor one has nothing: it can pay back only what it has been paid back.
BOOST_AUTO_TEST_CASE(a_reversal_goes_from_the_last_leg_to_the_first) {
    books b{accounts(), {target_of(target, transfer_state::posted)}};
    const auto back = doing(transfer_kind::reversal, target, {{poor, world, 50, 50}, {rich, poor, 50, 50}});
    const auto done = b.made(back);
    BOOST_TEST(b.posted(poor) == 0);
    std::vector<int> legs;
    for (const auto& e : done.entries)
        legs.push_back(e.leg);
    BOOST_TEST(legs == (std::vector<int>{0, 0, 1, 1}), boost::test_tools::per_element());
    BOOST_TEST(done.entries[0].debit);
    BOOST_TEST(done.entries[0].seq == done.entries[3].seq + 1); // of the poor one: what it was paid comes first
    BOOST_TEST(done.entries[3].balance == -50);
}

BOOST_AUTO_TEST_CASE(a_reversal_may_leave_legs_out) {
    const auto part = [](std::int64_t one, std::int64_t two) {
        return doing(transfer_kind::reversal, target, {{rich, world, one, 50}, {poor, world, two, 50}});
    };
    auto all = accounts();
    all[2].posted = 50;
    books b{all, {target_of(target, transfer_state::posted)}};
    const auto done = b.made(part(0, 50));
    BOOST_TEST(done.entries.size() == 4U); // the leg that was left out is part of the answer
    BOOST_TEST(b.apply(part(50, 1)) == "AMOUNT_EXCEEDED");
    BOOST_TEST(b.apply(part(50, 0)) == "OK");
    BOOST_TEST(b.posted(rich) == 50);
    BOOST_TEST(b.posted(poor) == 0);
}

BOOST_AUTO_TEST_CASE(only_what_was_posted_is_reversed) {
    auto reversal = target_of(target, transfer_state::posted);
    reversal.kind = transfer_kind::reversal;
    auto settled = target_of(target, transfer_state::posted);
    settled.held = true; // its posting is what moved the money
    for (const auto& t :
         {reversal, settled, target_of(target, transfer_state::pending), target_of(target, transfer_state::voided),
          target_of(target, transfer_state::expired)}) {
        books b{accounts(), {t}};
        BOOST_TEST(b.apply(reversing(1)) == "INVALID_STATE");
    }
    books limits{accounts(), {target_of(target, transfer_state::posted)}};
    BOOST_TEST(limits.apply(moving(rich, world, 60)) == "OK");
    BOOST_TEST(limits.apply(reversing(50)) == "INSUFFICIENT_FUNDS"); // it is gone
}

BOOST_AUTO_TEST_CASE(a_frozen_account_lets_holds_go_and_nothing_more) {
    auto all = accounts();
    all[1].open = false;
    books b{all, {target_of(target, transfer_state::pending)}};
    BOOST_TEST(b.apply(posting(10, 10)) == "ACCOUNT_NOT_OPEN");
    BOOST_TEST(b.apply(voiding(0)) == "OK");
}

BOOST_AUTO_TEST_CASE(a_closed_period_takes_nothing_of_its_time) {
    books b;
    b.balances.close_before(org, noon - 1h);
    auto backdated = moving(rich, world, 1);
    backdated.effective_at = noon - 1h - 1us;
    BOOST_TEST(b.apply(backdated) == "PERIOD_CLOSED");
    backdated.effective_at = noon - 1h;
    BOOST_TEST(b.apply(backdated) == "OK");
    BOOST_TEST(b.apply(moving(rich, world, 1)) == "OK");
}

BOOST_AUTO_TEST_CASE(a_clock_set_back_does_not_reorder_an_account) {
    auto all = accounts();
    all[1].last = noon + 1s; // recorded by a clock that was ahead
    books b{all};
    const auto first = b.made(moving(rich, world, 1), noon);
    BOOST_TEST((first.recorded_at == noon + 1s + 1us));
    const auto second = b.made(moving(world, poor, 1), noon - 900ms); // of the same batch, after another step back
    BOOST_TEST((second.recorded_at > first.recorded_at));
    BOOST_TEST((second.id > first.id));
    const auto third = b.made(moving(rich, world, 1), noon + 2h); // and forward again
    BOOST_TEST((third.recorded_at == noon + 2h));
    BOOST_TEST((third.id > second.id));
    for (const auto& e : third.entries)
        BOOST_TEST((e.recorded_at == third.recorded_at));
}

// Two processes that decide at the same moment on the same account: one with a lock on it, the other without.
BOOST_AUTO_TEST_CASE(times_with_and_without_locks_are_never_the_same) {
    std::set<timestamp> taken;
    for (const auto locks : {account_locks::none, account_locks::taken})
        for (const auto now : {noon, noon + 1us}) {
            working_balances balances{states_of(accounts()), {}, locks};
            std::set<timestamp> times;
            for (int i = 0; i < 5; ++i)
                times.insert(balances.apply(moving(rich, world, 1), now).value().recorded_at);
            BOOST_TEST(times.size() == 5U);
            BOOST_TEST((*times.begin() >= now));
            BOOST_TEST((*times.rbegin() <= now + 9us));
            if (locks == account_locks::none)
                taken.merge(times);
            else
                for (const auto& each : times)
                    BOOST_TEST(!taken.contains(each));
        }
}

BOOST_AUTO_TEST_CASE(what_is_gone_back_from_never_was) {
    auto hold = target_of(target, transfer_state::pending);
    books b{accounts(), {hold}};
    b.made(moving(rich, poor, 10));
    const auto mark = b.balances.here();
    b.made(moving(rich, poor, 20, true));
    b.made(posting(0, 0));
    b.made(moving(rich, poor, 30));
    b.balances.back_to(mark);
    BOOST_TEST(b.posted(rich) == 90);
    BOOST_TEST(b.posted(poor) == 10);
    BOOST_TEST(b.held(rich) == 0);
    BOOST_TEST(b.at(rich).seq == 8);
    BOOST_TEST((b.at(rich).last_recorded_at == noon));
    BOOST_TEST(b.balances.changed_targets().empty());
    BOOST_TEST(b.apply(posting(0, 0)) == "OK");
}

// Whatever is asked, debits stay credits, entries follow each other, limits hold and a refusal changes nothing.
BOOST_AUTO_TEST_CASE(random_transfers_keep_the_books) {
    std::mt19937 random{4711};
    const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
    const std::array<uuid, 4> ids{world, rich, poor, dollars};
    auto all = accounts();
    all[3].currency = "EUR";
    for (int round = 0; round < 200; ++round) {
        books b{all};
        const auto sum = [&] {
            std::int64_t out = 0;
            for (const auto& id : ids)
                out += b.at(id).balance;
            return out;
        };
        const auto before = sum();
        for (int step = 0; step < 50; ++step) {
            std::vector<leg> legs;
            for (auto i = pick(3) + 1; i > 0; --i) {
                const auto from = pick(4);
                legs.push_back({ids[from], ids[(from + 1 + pick(3)) % 4], 1 + static_cast<std::int64_t>(pick(60))});
            }
            const auto poor_before = b.at(poor);
            const auto what = moving(legs, pick(4) == 0);
            const auto done = b.balances.apply(what, noon);
            BOOST_TEST_REQUIRE(sum() == before);
            if (!done)
                BOOST_TEST_REQUIRE(b.at(poor).seq == poor_before.seq);
            for (const auto& id : {rich, poor}) {
                BOOST_TEST_REQUIRE(b.posted(id) - b.at(id).pending_debits >= 0);
                BOOST_TEST_REQUIRE(b.posted(id) + b.at(id).pending_credits <= 150);
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::working_balances_test
