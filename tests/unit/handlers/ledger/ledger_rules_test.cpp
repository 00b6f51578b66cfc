// One sound account and one sound transfer, and what is found when one thing of them is changed.
#include "handlers/ledger/proof/account_rules.hpp"
#include "handlers/ledger/proof/chain.hpp"
#include "handlers/ledger/proof/transfer_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

namespace bursar::tests::ledger_rules_test {

using namespace bursar::handlers::ledger_proof;
using bursar::db::repositories::leg_side;

namespace {

uuid id(std::uint8_t number) {
    uuid out;
    out.bytes.fill(number);
    return out;
}

timestamp at(int second) {
    return timestamp{std::chrono::seconds{1'800'000'000 + second}};
}

// What was broken, each once, in the order of the list.
std::string broken(const findings& found) {
    std::set<invariant> all;
    for (const auto& f : found)
        all.insert(f.broken);
    std::string out;
    for (const auto each : all)
        out.append(out.empty() ? "" : " ").append(to_string(each));
    return out;
}

// A liability with floor 0: paid 100, 30 held, 20 of them posted.
struct account_case {
    proof_account account;
    std::vector<proof_entry> entries;

    account_case() {
        add(id(11), false, -100, 0);
        add(id(12), true, 0, 30);
        add(id(13), true, 20, -30);
        account.key = {id(1), id(2)};
        account.credit_normal = true;
        account.floor = 0;
        account.ceiling = 100;
        account.last = account.says = entries.back().after;
    }

    void add(uuid transfer, bool debit, std::int64_t amount, std::int64_t held) {
        const auto before = entries.empty() ? account_position{} : entries.back().after;
        proof_entry made;
        made.after = {
            before.seq + 1, at(static_cast<int>(entries.size())), before.balance + amount,
            before.pending_debits + (debit ? held : 0), before.pending_credits + (debit ? 0 : held)};
        made.transfer_id = transfer;
        made.leg = 1;
        made.debit = debit;
        made.amount = amount;
        made.held = held;
        made.transfer_recorded_at = made.after.recorded_at;
        made.in_currency = made.named = true;
        entries.push_back(made);
    }

    std::string found() const {
        findings out;
        account_proof proof;
        proof.at(account);
        for (const auto& entry : entries)
            proof.take(entry, out);
        proof.finish(out);
        return broken(out);
    }
};

// A transfer of two legs, 70 and 30.
struct transfer_case {
    proof_transfer transfer;

    transfer_case() {
        transfer.key = {id(1), id(9)};
        transfer.kind = "transfer";
        transfer.state = "posted";
        transfer.amount = 100;
        transfer.legs = 2;
        transfer.accounts = 3;
        transfer.recorded_at = at(0);
        transfer.own = {side(1, true, 2, 70), side(1, false, 3, -70), side(2, true, 4, 30), side(2, false, 3, -30)};
    }

    static leg_side
    side(std::int16_t leg, bool debit, std::uint8_t account, std::int64_t amount, std::int64_t held = 0) {
        return {{}, leg, debit, id(account), amount, held, "EUR", true};
    }

    // 70 EUR made 30 USD by the clearing accounts 3 and 5.
    void convert(const std::string& rate) {
        transfer.accounts = 4;
        transfer.fx_leg = 1;
        transfer.fx_rate = rate;
        transfer.own = {side(1, true, 2, 70), side(1, false, 3, -70), side(2, true, 5, 30), side(2, false, 4, -30)};
        transfer.own[1].clearing = transfer.own[2].clearing = true;
        transfer.own[2].currency = transfer.own[3].currency = "USD";
    }

    // Pending, and posted with so much of its legs.
    void post(std::int64_t first, std::int64_t second) {
        hold();
        transfer.state = "posted";
        transfer.settled_by = id(20);
        transfer.following = {{"posting", 1, id(20)}};
        transfer.followed = {
            side(1, true, 2, first, -70), side(1, false, 3, -first, -70), side(2, true, 4, second, -30),
            side(2, false, 3, -second, -30)};
        for (auto& each : transfer.followed)
            each.kind = "posting";
    }

    void hold() {
        transfer.state = "pending";
        for (auto& each : transfer.own)
            each.held = std::abs(std::exchange(each.amount, 0));
    }

    void reverse(std::int16_t leg, std::uint8_t debit, std::uint8_t credit, std::int64_t amount) {
        transfer.followed.push_back(side(leg, true, debit, amount));
        transfer.followed.back().kind = "reversal";
        transfer.followed.push_back(side(leg, false, credit, -amount));
        transfer.followed.back().kind = "reversal";
        transfer.following.push_back({"reversal", 1, id(21)});
    }

    std::string found() const {
        findings out;
        prove_transfer(transfer, out);
        return broken(out);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(ledger_account_rules)

BOOST_AUTO_TEST_CASE(a_sound_account_has_no_findings) {
    BOOST_TEST(account_case{}.found() == "");
    account_case untouched;
    untouched.entries.clear();
    untouched.account.says = {};
    untouched.account.last.reset();
    BOOST_TEST(untouched.found() == "");
}

BOOST_AUTO_TEST_CASE(sequence) {
    account_case gap;
    gap.entries.erase(gap.entries.begin() + 1);
    BOOST_TEST(gap.found() == "seq_gapless");
    account_case headless;
    const auto archived = headless.entries.front().after;
    headless.entries.erase(headless.entries.begin());
    BOOST_TEST(headless.found() == "seq_gapless");
    headless.account.carried = archived;
    BOOST_TEST(headless.found() == "");
    ++headless.account.carried.balance;
    BOOST_TEST(headless.found() == "balance_chain");
    account_case twice;
    twice.entries.insert(twice.entries.begin() + 1, twice.entries[1]);
    BOOST_TEST(twice.found() == "recorded_in_order");
}

BOOST_AUTO_TEST_CASE(sums) {
    account_case amount;
    amount.entries[2].amount = 19;
    BOOST_TEST(amount.found() == "balance_chain");
    account_case balance;
    balance.entries[1].after.balance = -99;
    BOOST_TEST(balance.found() == "balance_chain");
    account_case held;
    held.entries[1].held = 31;
    BOOST_TEST(held.found() == "pending_chain");
    account_case other_side;
    other_side.entries[2].debit = false;
    BOOST_TEST(other_side.found() == "pending_chain");
    account_case below;
    below.add(id(14), false, 0, -1);
    below.account.says = below.entries.back().after;
    below.account.last = below.account.says;
    BOOST_TEST(below.found() == "pending_chain");
}

BOOST_AUTO_TEST_CASE(the_row_stands_where_the_last_entry_does) {
    account_case balance;
    ++balance.account.says.balance;
    BOOST_TEST(balance.found() == "account_row");
    account_case time;
    time.account.says.recorded_at = at(9);
    BOOST_TEST(time.found() == "account_row");
    account_case no_entries;
    no_entries.entries.clear();
    no_entries.account.last.reset();
    BOOST_TEST(no_entries.found() == "account_row");
    no_entries.account.carried = no_entries.account.says;
    BOOST_TEST(no_entries.found() == "");
    ++no_entries.account.carried.pending_debits;
    BOOST_TEST(no_entries.found() == "account_row");
}

BOOST_AUTO_TEST_CASE(limits_hold_after_every_transfer_and_not_within_one) {
    account_case floor;
    floor.account.floor = -10;
    floor.entries.clear();
    floor.add(id(11), true, 20, 0);
    floor.add(id(12), false, -120, 0);
    floor.account.says = floor.entries.back().after;
    floor.account.last = floor.account.says;
    BOOST_TEST(floor.found() == "limits_kept");
    floor.entries[1].transfer_id = id(11);
    BOOST_TEST(floor.found() == "");
    account_case held;
    held.account.floor = 71;
    BOOST_TEST(held.found() == "limits_kept");
    account_case ceiling;
    ceiling.account.ceiling = 99;
    BOOST_TEST(ceiling.found() == "limits_kept");
    account_case last;
    last.account.ceiling = 99;
    last.entries.resize(1);
    last.account.says = last.entries.back().after;
    last.account.last = last.account.says;
    BOOST_TEST(last.found() == "limits_kept");
}

BOOST_AUTO_TEST_CASE(a_closed_account_is_empty) {
    account_case closed;
    closed.account.closed = true;
    BOOST_TEST(closed.found() == "closed_at_zero");
}

BOOST_AUTO_TEST_CASE(an_entry_has_its_accounts_currency) {
    account_case other;
    other.entries[0].in_currency = false;
    BOOST_TEST(other.found() == "entry_account");
}

BOOST_AUTO_TEST_CASE(an_entry_has_its_transfer) {
    account_case none;
    none.entries[0].transfer_recorded_at.reset();
    BOOST_TEST(none.found() == "entry_transfer");
    account_case time;
    time.entries[0].transfer_recorded_at = at(7);
    BOOST_TEST(time.found() == "entry_transfer");
    account_case unnamed;
    unnamed.entries[0].named = false;
    BOOST_TEST(unnamed.found() == "entry_transfer");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ledger_transfer_rules)

BOOST_AUTO_TEST_CASE(a_sound_transfer_has_no_findings) {
    BOOST_TEST(transfer_case{}.found() == "");
    transfer_case pending;
    pending.hold();
    BOOST_TEST(pending.found() == "");
    transfer_case posted;
    posted.post(70, 0);
    BOOST_TEST(posted.found() == "");
    transfer_case reversed;
    reversed.reverse(2, 3, 4, 10);
    reversed.transfer.reversed = 10;
    reversed.transfer.reversed_legs = {0, 10};
    BOOST_TEST(reversed.found() == "");
}

BOOST_AUTO_TEST_CASE(two_sides_cancel_in_one_currency) {
    transfer_case one_sided;
    one_sided.transfer.own.pop_back();
    BOOST_TEST(one_sided.found() == "entry_count legs_balanced");
    transfer_case amount;
    amount.transfer.own[1].amount = -69;
    BOOST_TEST(amount.found() == "legs_balanced");
    transfer_case sides;
    sides.transfer.own[0].debit = false;
    BOOST_TEST(sides.found().find("legs_balanced") != std::string::npos);
    transfer_case currency;
    currency.transfer.own[1].currency = "USD";
    BOOST_TEST(currency.found() == "legs_balanced");
    transfer_case account;
    account.transfer.own[1].account_found = false;
    BOOST_TEST(account.found() == "entry_account");
}

BOOST_AUTO_TEST_CASE(a_conversion_is_at_its_rate_and_by_way_of_clearing_accounts) {
    const auto found = [](const std::string& rate, auto change) {
        transfer_case it;
        it.convert(rate);
        change(it.transfer);
        return it.found();
    };
    const auto nothing = [](auto&) {};
    BOOST_TEST(found("0.428571428571428571", nothing) == "");
    BOOST_TEST(found("0.43", nothing) == "");
    BOOST_TEST(found("0.45", nothing) == "conversion_sound");
    BOOST_TEST(found("0.43", [](auto& t) { t.own[1].clearing = false; }) == "conversion_sound");
    BOOST_TEST(found("0.43", [](auto& t) { t.own[3].clearing = true; }) == "conversion_sound");
    BOOST_TEST(found("0.43", [](auto& t) { t.fx_leg = 2; }) == "conversion_sound");
    BOOST_TEST(found("0.43", [](auto& t) { t.own[2].currency = t.own[3].currency = "EUR"; }) == "conversion_sound");
    // One yen has no decimal places, and a currency that nobody knows any more no rate to look at.
    BOOST_TEST(found("43", [](auto& t) { t.own[2].currency = t.own[3].currency = "JPY"; }) == "");
    BOOST_TEST(found("0.45", [](auto& t) { t.own[2].currency = t.own[3].currency = "POINTS"; }) == "");
    BOOST_TEST(found("0.0043", [](auto& t) {
                   t.own[2].currency = t.own[3].currency = "POINTS";
                   t.own[2].asset_exponent = t.own[3].asset_exponent = 4;
               }) == "");

    transfer_case held;
    held.convert("0.43");
    held.hold();
    BOOST_TEST(held.found() == "");
}

BOOST_AUTO_TEST_CASE(the_header_says_what_the_entries_do) {
    transfer_case legs;
    legs.transfer.legs = 3;
    BOOST_TEST(legs.found() == "entry_count");
    transfer_case accounts;
    accounts.transfer.accounts = 4;
    BOOST_TEST(accounts.found() == "entry_count");
    transfer_case amount;
    amount.transfer.amount = 99;
    BOOST_TEST(amount.found() == "amount_matches");
    transfer_case target;
    target.transfer.target_id = id(8);
    BOOST_TEST(target.found() == "target_exists");
    transfer_case let_go;
    let_go.transfer.kind = "void";
    let_go.transfer.state = "voided";
    let_go.transfer.own = {transfer_case::side(1, true, 2, 0, -70), transfer_case::side(1, false, 3, 0, -70)};
    let_go.transfer.legs = 1;
    let_go.transfer.accounts = 2;
    let_go.transfer.amount = 70;
    BOOST_TEST(let_go.found() == "");
    let_go.transfer.amount = 0;
    BOOST_TEST(let_go.found() == "amount_matches");
}

BOOST_AUTO_TEST_CASE(only_what_is_pending_is_settled_and_only_once) {
    transfer_case never;
    never.transfer.following = {{"void", 1, id(20)}};
    BOOST_TEST(never.found() == "settled_once");
    transfer_case twice;
    twice.post(70, 30);
    twice.transfer.following.push_back({"void", 1, id(22)});
    BOOST_TEST(twice.found() == "settled_once");
    transfer_case two_postings;
    two_postings.post(70, 30);
    two_postings.transfer.following.front().count = 2;
    BOOST_TEST(two_postings.found() == "settled_once");
    transfer_case state;
    state.post(70, 30);
    state.transfer.state = "voided";
    BOOST_TEST(state.found() == "settled_once");
    transfer_case by;
    by.post(70, 30);
    by.transfer.settled_by = id(23);
    BOOST_TEST(by.found() == "settled_once");
    transfer_case unsettled;
    unsettled.hold();
    unsettled.transfer.state = "expired";
    BOOST_TEST(unsettled.found() == "settled_once");
}

BOOST_AUTO_TEST_CASE(a_hold_is_released_exactly_and_bounds_what_is_posted) {
    transfer_case above;
    above.post(71, 30);
    BOOST_TEST(above.found() == "hold_exceeded");
    transfer_case leg;
    leg.post(60, 31);
    BOOST_TEST(leg.found() == "hold_exceeded");
    transfer_case kept;
    kept.post(70, 30);
    kept.transfer.followed[0].held = -69;
    BOOST_TEST(kept.found() == "hold_released");
    transfer_case elsewhere;
    elsewhere.post(70, 30);
    elsewhere.transfer.followed[0].account_id = id(5);
    BOOST_TEST(elsewhere.found() == "hold_released");
    transfer_case moving_void;
    moving_void.post(70, 30);
    moving_void.transfer.state = "voided";
    moving_void.transfer.following[0].kind = "void";
    for (auto& side : moving_void.transfer.followed)
        side.kind = "void";
    BOOST_TEST(moving_void.found() == "hold_exceeded");
    transfer_case mixed;
    mixed.transfer.own[0].held = mixed.transfer.own[1].held = 5;
    BOOST_TEST(mixed.found().find("holds_matched") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_leg_is_reversed_beyond_what_was_posted) {
    transfer_case beyond;
    beyond.reverse(2, 3, 4, 31);
    beyond.transfer.reversed = 31;
    beyond.transfer.reversed_legs = {0, 31};
    BOOST_TEST(beyond.found() == "reversal_exceeded");
    transfer_case of_posted;
    of_posted.post(50, 30);
    of_posted.reverse(1, 3, 2, 51);
    of_posted.transfer.reversed = 51;
    of_posted.transfer.reversed_legs = {51, 0};
    BOOST_TEST(of_posted.found() == "reversal_exceeded");
    of_posted.transfer.followed[of_posted.transfer.followed.size() - 2].amount = 50;
    of_posted.transfer.followed.back().amount = -50;
    of_posted.transfer.reversed = 50;
    of_posted.transfer.reversed_legs = {50, 0};
    BOOST_TEST(of_posted.found() == "");
    transfer_case elsewhere;
    elsewhere.reverse(2, 3, 5, 10);
    elsewhere.transfer.reversed = 10;
    elsewhere.transfer.reversed_legs = {0, 10};
    BOOST_TEST(elsewhere.found().find("reversal_exceeded") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(reversals_are_recorded) {
    transfer_case sum;
    sum.reverse(2, 3, 4, 10);
    sum.transfer.reversed = 9;
    sum.transfer.reversed_legs = {0, 10};
    BOOST_TEST(sum.found() == "reversal_recorded");
    transfer_case leg;
    leg.reverse(2, 3, 4, 10);
    leg.transfer.reversed = 10;
    leg.transfer.reversed_legs = {10, 0};
    BOOST_TEST(leg.found() == "reversal_recorded");
    transfer_case nothing;
    nothing.transfer.reversed = 5;
    BOOST_TEST(nothing.found() == "reversal_recorded");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ledger_chain_text)

// Chains live for years: these bytes never change.
BOOST_AUTO_TEST_CASE(content_and_hash_are_these_very_bytes) {
    chained_transfer t;
    t.id = id(9);
    t.kind = "transfer";
    t.idempotency_key = id(4);
    t.request_hash = id(5);
    t.amount = 70;
    t.legs = 1;
    t.description = "Rent \"May\"";
    t.metadata = R"({"a": 1})";
    t.effective_at = at(0);
    t.recorded_at = at(1);
    t.entries.push_back({1, true, id(2), "EUR", 3, 70, 0, 170, 5, 0, at(0), at(1)});
    std::string content;
    append_content(content, t);
    BOOST_TEST(
        content ==
        R"({"transfer":"09090909-0909-0909-0909-090909090909","kind":"transfer","target":null,)"
        R"("idempotency_key":"04040404-0404-0404-0404-040404040404",)"
        R"("request_hash":"05050505-0505-0505-0505-050505050505","amount":70,"legs":1,"description":"Rent \"May\"",)"
        R"("external_reference":null,"metadata":{"a": 1},"effective_at":"2027-01-15T08:00:00.000000Z",)"
        R"("recorded_at":"2027-01-15T08:00:01.000000Z","expires_at":null,"actor":null})"
        "\n"
        R"({"entry":"09090909-0909-0909-0909-090909090909","leg":1,"side":"debit",)"
        R"("account":"02020202-0202-0202-0202-020202020202","currency":"EUR","seq":3,"amount":70,"held":0,)"
        R"("balance":170,"pending_debits":5,"pending_credits":0,"effective_at":"2027-01-15T08:00:00.000000Z",)"
        R"("recorded_at":"2027-01-15T08:00:01.000000Z"})"
        "\n");

    t.fx_leg = 0;
    t.fx_rate = "1.0850";
    t.entries.clear();
    std::string converted;
    append_content(converted, t);
    BOOST_TEST(converted.ends_with(R"("actor":null,"fx_leg":0,"fx_rate":"1.0850","fx_source":null})"
                                   "\n"));

    ledger_block b;
    b.org = id(1);
    b.number = 1;
    b.transfers = 1;
    b.entries = 1;
    b.sealed_at = at(2);
    b.previous_hash = no_hash();
    b.content_hash = std::string(64, 'c');
    BOOST_TEST(hash_of(b) == "61c015b2188e6ab27accdc5b1fafdb61503c3161ff4f773600150c35fbc38b2c");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::ledger_rules_test
