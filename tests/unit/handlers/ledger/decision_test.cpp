#include "tests/unit/handlers/ledger/bookkeeping.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::decision_test {

using db::repositories::batch_facts;
using db::repositories::known_request;
using handlers::transfers::other_request;
using handlers::transfers::part_of;
using handlers::transfers::reading_for;

namespace {

const uuid wallet = numbered(11); // 100 on it, floor 0

// A batch of groups, decided on a world and a wallet.
struct batch {
    std::vector<std::vector<instruction>> groups;
    std::vector<known_request> known{};
    std::vector<target_state> targets{};
    std::optional<decision> made{};
    std::vector<group> spans{};

    decision& decide() {
        for (const auto& each : groups)
            spans.emplace_back(each);
        const auto asked = reading_for(spans);
        batch_facts facts;
        facts.accounts = states_of({{.id = world, .credit_normal = false}, {.id = wallet, .posted = 100, .floor = 0}});
        facts.requests = known;
        facts.targets = targets;
        return made.emplace(spans, std::move(facts), asked, noon);
    }
    const outcome& at(std::size_t group_number, std::size_t member = 0) {
        return made->outcomes()[group_number][member];
    }
    std::string code(std::size_t group_number, std::size_t member = 0) {
        if (std::holds_alternative<other_request>(at(group_number, member)))
            return "OTHER";
        const auto* no = std::get_if<refusal>(&at(group_number, member));
        return no == nullptr ? "OK" : std::string{server::describe(no->reason.code).name};
    }
};

instruction out_of_wallet(std::int64_t amount) {
    return moving(wallet, world, amount);
}

} // namespace

BOOST_AUTO_TEST_SUITE(decision_of_a_batch)

BOOST_AUTO_TEST_CASE(everything_touched_is_read_once_and_in_order) {
    batch b{{{moving(wallet, world, 1)}, {moving(world, wallet, 1)}, {doing(transfer_kind::void_, numbered(5), {})}}};
    for (const auto& each : b.groups)
        b.spans.emplace_back(each);
    const auto asked = reading_for(b.spans);
    BOOST_TEST(asked.accounts.size() == 2U);
    BOOST_TEST((asked.accounts[0] < asked.accounts[1]));
    BOOST_TEST(asked.targets.size() == 1U);
    BOOST_TEST(asked.requests.size() == 3U);
}

BOOST_AUTO_TEST_CASE(each_is_decided_on_what_those_before_it_left) {
    batch b{{{out_of_wallet(60)}, {out_of_wallet(60)}, {out_of_wallet(40)}, {out_of_wallet(1)}}};
    const auto& writing = b.decide().writing();
    BOOST_TEST(b.code(0) == "OK");
    BOOST_TEST(b.code(1) == "INSUFFICIENT_FUNDS");
    BOOST_TEST(b.code(2) == "OK");
    BOOST_TEST(b.code(3) == "INSUFFICIENT_FUNDS");
    BOOST_TEST(writing.transfers.size() == 2U);
    BOOST_TEST(writing.entries.size() == 4U);
    BOOST_TEST(writing.refusals.size() == 2U);
    // Each answer carries the balance that its own transfer left.
    const auto& first = std::get<transfer>(b.at(0));
    BOOST_TEST(first.balances->front().available == 40);
    BOOST_TEST(std::get<transfer>(b.at(2)).balances->front().available == 0);
    BOOST_TEST((std::get<transfer>(b.at(2)).recorded_at > first.recorded_at));
    BOOST_TEST((std::get<transfer>(b.at(2)).id > first.id));
}

BOOST_AUTO_TEST_CASE(the_same_request_twice_in_a_batch_is_done_once) {
    const auto once = out_of_wallet(60);
    batch b{{{once}, {once}, {once}}};
    BOOST_TEST(b.decide().writing().transfers.size() == 1U);
    const auto id = std::get<transfer>(b.at(0)).id;
    BOOST_TEST((std::get<replay>(b.at(1)).transfer_id == id));
    BOOST_TEST((std::get<replay>(b.at(2)).transfer_id == id));
}

BOOST_AUTO_TEST_CASE(a_refusal_twice_in_a_batch_is_the_same_refusal) {
    const auto once = out_of_wallet(101);
    batch b{{{once}, {moving(world, wallet, 50)}, {once}}};
    BOOST_TEST(b.decide().writing().refusals.size() == 1U);
    BOOST_TEST(b.code(0) == "INSUFFICIENT_FUNDS");
    BOOST_TEST(b.code(2) == "INSUFFICIENT_FUNDS"); // though the money has come
    BOOST_TEST(!std::get<refusal>(b.at(0)).replayed);
    BOOST_TEST(std::get<refusal>(b.at(2)).replayed);
}

BOOST_AUTO_TEST_CASE(a_key_with_another_request_is_refused_and_spoils_nothing) {
    const auto first = out_of_wallet(1);
    auto other = out_of_wallet(2);
    other.idempotency_key = first.idempotency_key;
    batch b{{{first}, {other}, {first}}};
    const auto& writing = b.decide().writing();
    BOOST_TEST(b.code(1) == "OTHER");
    BOOST_TEST(std::holds_alternative<replay>(b.at(2)));
    BOOST_TEST(writing.transfers.size() == 1U);
    BOOST_TEST(writing.refusals.empty()); // that would stand in the way of the first
}

BOOST_AUTO_TEST_CASE(what_the_database_knows_is_not_done_again) {
    const auto done = out_of_wallet(1);
    const auto refused = out_of_wallet(2);
    const auto reused = out_of_wallet(3);
    batch b{{{done}, {refused}, {reused}, {out_of_wallet(4)}}};
    known_request before{0, done.request_hash, numbered(77), {}, {}, {}, {}, {}};
    known_request no{1, refused.request_hash, {}, "LIMIT_EXCEEDED", "Too much.", "/amount", "is too much", "first"};
    known_request another{2, numbered(66), numbered(78), {}, {}, {}, {}, {}};
    b.known = {before, no, another};
    const auto& writing = b.decide().writing();
    BOOST_TEST((std::get<replay>(b.at(0)).transfer_id == numbered(77)));
    const auto& again = std::get<refusal>(b.at(1));
    BOOST_TEST((again.reason.code == errc::limit_exceeded));
    BOOST_TEST(again.reason.message == "Too much.");
    BOOST_TEST(again.reason.fields.front().pointer == "/amount");
    BOOST_TEST(again.request_id == "first");
    BOOST_TEST(again.replayed);
    BOOST_TEST(b.code(2) == "OTHER");
    BOOST_TEST(b.code(3) == "OK");
    BOOST_TEST(writing.transfers.size() == 1U);
    BOOST_TEST(writing.refusals.empty());
}

// It may be the same request, as an earlier version hashed it: whoever asked can tell.
BOOST_AUTO_TEST_CASE(another_request_under_a_key_comes_with_what_the_key_was_answered) {
    const auto done = out_of_wallet(1);
    const auto refused = out_of_wallet(2);
    batch b{{{done}, {refused}}};
    b.known.push_back({0, numbered(66), numbered(77), {}, {}, {}, {}, {}});
    b.known.push_back({1, numbered(67), {}, "LIMIT_EXCEEDED", {}, {}, {}, "first"});
    b.decide();
    const auto& first = std::get<other_request>(b.at(0));
    BOOST_TEST((first.request_hash == numbered(66)));
    BOOST_TEST((std::get<replay>(first.answer).transfer_id == numbered(77)));
    BOOST_TEST((std::get<refusal>(std::get<other_request>(b.at(1)).answer).request_id == "first"));
    BOOST_TEST(b.made->nothing_to_write());
}

BOOST_AUTO_TEST_CASE(what_was_found_wrong_before_is_refused_behind_the_key) {
    auto wrong = out_of_wallet(1);
    wrong.fault = server::error{errc::amount_exceeded};
    auto answered = wrong;
    answered.idempotency_key = numbered(55);
    batch b{{{wrong}, {answered}, {wrong}, {out_of_wallet(100)}}};
    b.known.push_back({1, answered.request_hash, numbered(77), {}, {}, {}, {}, {}});
    const auto& writing = b.decide().writing();
    BOOST_TEST(b.code(0) == "AMOUNT_EXCEEDED");
    BOOST_TEST(std::holds_alternative<replay>(b.at(1)));
    BOOST_TEST(std::get<refusal>(b.at(2)).replayed);
    BOOST_TEST(b.code(3) == "OK"); // nothing of it was done
    BOOST_TEST(writing.refusals.size() == 1U);
}

// A request of its own comes again corrected; the key of a batch stands for all that was in it.
BOOST_AUTO_TEST_CASE(what_is_not_valid_keeps_its_key_only_in_a_batch) {
    auto alone = out_of_wallet(1);
    alone.fault = server::error{errc::validation_failed};
    auto corrected = out_of_wallet(1);
    corrected.idempotency_key = alone.idempotency_key;
    auto member = alone;
    member.idempotency_key = numbered(55);
    member.within = part_of::batch;
    batch b{{{alone}, {corrected}, {member}}};
    const auto& writing = b.decide().writing();
    BOOST_TEST(b.code(0) == "VALIDATION_FAILED");
    BOOST_TEST(b.code(1) == "OK");
    BOOST_TEST(b.code(2) == "VALIDATION_FAILED");
    BOOST_TEST(writing.refusals.size() == 1U);
    BOOST_TEST((writing.refusals.front().idempotency_key == member.idempotency_key));
}

BOOST_AUTO_TEST_CASE(nothing_is_written_for_a_repetition) {
    const auto done = out_of_wallet(1);
    batch b{{{done}}};
    b.known.push_back({0, done.request_hash, numbered(77), {}, {}, {}, {}, {}});
    BOOST_TEST(b.decide().nothing_to_write());
}

// Its key is the only one that it has: were the refusal kept, a clock that was set back would make the hold stay.
BOOST_AUTO_TEST_CASE(an_expiry_that_comes_too_early_is_refused_and_not_kept) {
    const auto expiry = doing(transfer_kind::expiry, numbered(5), {{wallet, world, 10, 10}});
    const auto voiding = doing(transfer_kind::void_, numbered(6), {{wallet, world, 10, 10}});
    batch b{{{expiry}, {voiding}}};
    b.targets = {target_of(numbered(5), transfer_state::pending), target_of(numbered(6), transfer_state::voided)};
    b.targets[0].expires_at = noon + 1s;
    const auto& writing = b.decide().writing();
    BOOST_TEST(b.code(0) == "INVALID_STATE");
    BOOST_TEST(b.code(1) == "INVALID_STATE");
    BOOST_TEST(writing.refusals.size() == 1U);
    BOOST_TEST((writing.refusals.front().idempotency_key == voiding.idempotency_key));
}

BOOST_AUTO_TEST_CASE(a_group_is_done_whole_or_not_at_all) {
    std::vector<instruction> refused{out_of_wallet(50), out_of_wallet(51)};
    for (auto& member : refused)
        member.within = part_of::atomic_batch;
    batch b{{refused, {out_of_wallet(100)}, {moving(world, wallet, 5), out_of_wallet(5)}}};
    const auto& writing = b.decide().writing();
    BOOST_TEST(b.code(0, 0) == "INSUFFICIENT_FUNDS");
    BOOST_TEST(b.code(0, 1) == "INSUFFICIENT_FUNDS");
    BOOST_TEST(std::get<refusal>(b.at(0, 0)).reason.fields.front().pointer == "/transfers/1/debit_account_id");
    BOOST_TEST(b.code(1) == "OK"); // the 50 were taken back
    BOOST_TEST(b.code(2, 0) == "OK");
    BOOST_TEST(b.code(2, 1) == "OK");
    BOOST_TEST(writing.transfers.size() == 3U);
    BOOST_TEST(writing.refusals.size() == 1U); // by its first member
}

BOOST_AUTO_TEST_CASE(a_group_repeated_is_answered_as_it_was) {
    std::vector<instruction> done{out_of_wallet(50), out_of_wallet(10)};
    std::vector<instruction> refused{out_of_wallet(50), out_of_wallet(51)};
    done[1].request_hash = done[0].request_hash; // of one request
    refused[1].request_hash = refused[0].request_hash;
    batch b{{done, refused, done, refused}};
    BOOST_TEST(b.decide().writing().transfers.size() == 2U);
    for (std::size_t member = 0; member < 2; ++member) {
        BOOST_TEST((std::get<replay>(b.at(2, member)).transfer_id == std::get<transfer>(b.at(0, member)).id));
        BOOST_TEST(b.code(3, member) == "INSUFFICIENT_FUNDS");
        BOOST_TEST(std::get<refusal>(b.at(3, member)).replayed);
    }
}

BOOST_AUTO_TEST_CASE(rows_say_what_was_asked_for) {
    auto what = moving({{wallet, world, 1}, {world, wallet, 2}, {wallet, world, 3}});
    what.description = "Order";
    what.external_reference = "order-1";
    what.metadata = R"({"a":1})";
    what.effective_at = noon - 1h;
    what.actor = numbered(9);
    batch b{{{what}}};
    const auto& row = b.decide().writing().transfers.front();
    BOOST_TEST(row.amount == 6);
    BOOST_TEST(row.legs == 3);
    BOOST_TEST(row.account_ids.size() == 2U); // each once
    BOOST_TEST(row.description.value() == "Order");
    BOOST_TEST(row.external_reference.value() == "order-1");
    BOOST_TEST(row.metadata == R"({"a":1})");
    BOOST_TEST((row.effective_at == noon - 1h));
    BOOST_TEST((row.recorded_at == noon + 1us));
    BOOST_TEST((row.actor_id == numbered(9)));
    const auto& answer = std::get<transfer>(b.at(0));
    BOOST_TEST((answer.id == row.key.id));
    BOOST_TEST(answer.balances->size() == 2U);
    BOOST_TEST(answer.balances->front().posted == 98);
    BOOST_TEST(answer.balances->front().seq == 10);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::decision_test
