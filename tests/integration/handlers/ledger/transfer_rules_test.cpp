// What a transfer, its posting, void and reversal may do to accounts, one request after the other.
#include "tests/integration/handlers/ledger/books.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::transfer_rules_test {

namespace {

constexpr std::int64_t largest = 9007199254740991; // 2^53 - 1

std::string of(const std::string& id, std::string_view verb) {
    return std::string{transfers_path} + "/" + id + "/" + std::string{verb};
}

// What the answer says of the account.
std::int64_t left(const reply& made, const std::string& account, std::string_view what) {
    for (const auto& b : made.data().at("balances").as_array())
        if (reply::text_of(b, "account_id") == account)
            return b.at(what).to_number<std::int64_t>();
    return -1;
}

std::string state_of(caller& by, const std::string& id) {
    return reply::text_of(by.get(std::string{transfers_path} + "/" + id).data(), "state");
}

std::string two_legs(const std::string& from, const std::string& a, const std::string& b) {
    return R"({"legs":[{"debit_account_id":")" + from + R"(","credit_account_id":")" + a +
           R"(","amount":10},{"debit_account_id":")" + from + R"(","credit_account_id":")" + b + R"(","amount":20}]})";
}

} // namespace

BOOST_AUTO_TEST_SUITE(transfer_rules)

BOOST_AUTO_TEST_CASE(the_answer_carries_the_balances_that_the_transfer_left) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet();
    const auto made = by.post(transfers_path, transfer_body(b.world(), wallet, 700));
    BOOST_TEST(made.status == 201U);
    BOOST_TEST(left(made, wallet, "posted") == 700);
    BOOST_TEST(left(made, wallet, "available") == 700);
    BOOST_TEST(left(made, b.world(), "posted") == 700);
    BOOST_TEST(left(made, wallet, "seq") == 1);
    BOOST_TEST(b.posted(wallet) == 700);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(holds_count_in_the_available_balance) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet(100);
    const auto held = by.post(transfers_path, transfer_body(wallet, b.world(), 70, R"(,"pending":true)"));
    BOOST_TEST(left(held, wallet, "posted") == 100);
    BOOST_TEST(left(held, wallet, "pending_out") == 70);
    BOOST_TEST(left(held, wallet, "available") == 30);
    BOOST_TEST(by.post(transfers_path, transfer_body(wallet, b.world(), 31)).code() == "INSUFFICIENT_FUNDS");
    BOOST_TEST(
        by.post(transfers_path, transfer_body(wallet, b.world(), 31, R"(,"pending":true)")).code() ==
        "INSUFFICIENT_FUNDS");
    BOOST_TEST(by.post(transfers_path, transfer_body(wallet, b.world(), 30)).status == 201U);
    // What comes in is not there before it is posted.
    const auto incoming = b.hold(b.world(), wallet, 50);
    BOOST_TEST(by.post(transfers_path, transfer_body(wallet, b.world(), 1)).code() == "INSUFFICIENT_FUNDS");
    BOOST_TEST(by.post(of(incoming, "post")).status == 201U);
    BOOST_TEST(by.post(transfers_path, transfer_body(wallet, b.world(), 50)).status == 201U);
    BOOST_TEST(b.broken() == "");
}

// To whoever may read the balance, and to nobody else; a repetition says the same.
BOOST_AUTO_TEST_CASE(a_refusal_says_how_much_is_there) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet(100);
    const auto key = fresh_key();
    const auto refused = by.post(transfers_path, transfer_body(wallet, b.world(), 131), key);
    BOOST_TEST(refused.code() == "INSUFFICIENT_FUNDS");
    BOOST_TEST(
        refused.text.find("The account would fall below its floor of 0: 100 is available, 131 was asked for, in the "
                          "smallest unit of EUR.") != std::string::npos,
        refused.text);
    const auto again = by.post(transfers_path, transfer_body(wallet, b.world(), 131), key);
    BOOST_TEST(again.replayed);
    const auto message = [](const reply& r) { return reply::text_of(r.body.at("error"), "message"); };
    BOOST_TEST(message(again) == message(refused));
    const auto made = by.post("/api/v1/api-keys", R"({"name":"blind","permissions":["ledger:write"]})");
    caller blind{reply::text_of(made.data(), "secret")};
    const auto told = blind.post(transfers_path, transfer_body(wallet, b.world(), 131));
    BOOST_TEST(told.code() == "INSUFFICIENT_FUNDS");
    BOOST_TEST(message(told) == "The account would fall below its floor.");
}

BOOST_AUTO_TEST_CASE(what_the_short_form_lacks_is_told_at_once) {
    books b;
    auto by = b.connect();
    const auto pointers = [](const reply& refused) {
        std::string out = std::to_string(refused.status);
        for (const auto& each : refused.body.at("error").at("fields").as_array())
            out += " " + reply::text_of(each, "pointer");
        return out;
    };
    BOOST_TEST(pointers(by.post(transfers_path, "{}")) == "422 /debit_account_id /credit_account_id /amount");
    const auto slip = by.post(transfers_path, R"({"debit_acount_id":")" + b.world() + R"(","amount":1})");
    BOOST_TEST(pointers(slip) == "422 /debit_account_id /credit_account_id /debit_acount_id");
    BOOST_TEST(slip.text.find("did you mean `debit_account_id`?") != std::string::npos, slip.text);
    BOOST_TEST(slip.text.find(R"("doc_url":"/docs#VALIDATION_FAILED")") != std::string::npos, slip.text);
}

BOOST_AUTO_TEST_CASE(amounts_and_metadata_are_taken_by_their_value) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet();
    const auto body = [&](const std::string& amount) {
        return R"({"debit_account_id":")" + b.world() + R"(","credit_account_id":")" + wallet + R"(","amount":)" +
               amount + R"(,"metadata":{"rate":1.50,"share":0.1}})";
    };
    const auto key = fresh_key();
    const auto made = by.post(transfers_path, body("1e2"), key);
    BOOST_REQUIRE_MESSAGE(made.status == 201U, made.text);
    BOOST_TEST(b.posted(wallet) == 100);
    BOOST_TEST(by.post(transfers_path, body("100.0"), key).replayed);
    const auto shown = by.get(made.location);
    BOOST_TEST(shown.text.find(R"("rate":1.5)") != std::string::npos, shown.text);
    BOOST_TEST(by.post(transfers_path, body("12.50")).text.find("1250 for 12.50") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(balances_never_pass_floor_or_ceiling_holds_counted) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet(0, 100);
    BOOST_TEST(by.post(transfers_path, transfer_body(b.world(), wallet, 101)).code() == "LIMIT_EXCEEDED");
    const auto held = b.hold(b.world(), wallet, 60);
    BOOST_TEST(by.post(transfers_path, transfer_body(b.world(), wallet, 41)).code() == "LIMIT_EXCEEDED");
    b.transfer(b.world(), wallet, 40);
    BOOST_TEST(by.post(of(held, "post")).status == 201U);
    BOOST_TEST(b.posted(wallet) == 100);
    BOOST_TEST(by.post(transfers_path, transfer_body(wallet, b.world(), 101)).code() == "INSUFFICIENT_FUNDS");
    b.transfer(wallet, b.world(), 100);
    const auto overdraft = b.account({.floor = -50});
    BOOST_TEST(by.post(transfers_path, transfer_body(overdraft, b.world(), 51)).code() == "INSUFFICIENT_FUNDS");
    b.transfer(overdraft, b.world(), 50);
    BOOST_TEST(b.posted(overdraft) == -50);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(legs_happen_together_or_not_at_all) {
    books b;
    auto by = b.connect();
    const auto from = b.wallet(29);
    const auto one = b.wallet();
    const auto two = b.wallet();
    const auto refused = by.post(transfers_path, two_legs(from, one, two));
    BOOST_TEST(refused.code() == "INSUFFICIENT_FUNDS");
    BOOST_TEST(refused.text.find("/legs/1/debit_account_id") != std::string::npos, refused.text);
    BOOST_TEST(b.posted(one) == 0);
    b.transfer(b.world(), from, 1);
    BOOST_TEST(by.post(transfers_path, two_legs(from, one, two)).status == 201U);
    BOOST_TEST(b.posted(from) == 0);
    BOOST_TEST(b.posted(two) == 20);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(currencies_never_mix_within_a_leg) {
    books b;
    auto by = b.connect();
    const auto dollars = b.account({.currency = "USD"});
    const auto refused = by.post(transfers_path, transfer_body(b.world(), dollars, 1));
    BOOST_TEST(refused.status == 422U);
    BOOST_TEST(refused.code() == "CURRENCY_MISMATCH");
    BOOST_TEST(b.transfers() == 0);
}

BOOST_AUTO_TEST_CASE(a_frozen_or_closed_account_accepts_nothing) {
    books b;
    auto by = b.connect();
    for (const auto* status : {"frozen", "closed"}) {
        const auto account = b.account({.status = status});
        for (const auto* more : {"", R"(,"pending":true)"}) {
            BOOST_TEST(
                by.post(transfers_path, transfer_body(b.world(), account, 1, more)).code() == "ACCOUNT_NOT_OPEN");
            BOOST_TEST(
                by.post(transfers_path, transfer_body(account, b.world(), 1, more)).code() == "ACCOUNT_NOT_OPEN");
        }
    }
    const auto wallet = b.wallet(10);
    const auto paid = b.transfer(wallet, b.world(), 1);
    const auto held = b.hold(wallet, b.world(), 1);
    const auto other = b.hold(wallet, b.world(), 1);
    b.query("update accounts set status = 'frozen' where id = '" + wallet + "'");
    BOOST_TEST(by.post(of(held, "post")).code() == "ACCOUNT_NOT_OPEN");
    BOOST_TEST(by.post(of(paid, "reverse")).code() == "ACCOUNT_NOT_OPEN");
    BOOST_TEST(by.post(of(other, "void")).status == 201U); // moves nothing
    BOOST_TEST(b.posted(wallet) == 9);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(a_pending_transfer_is_posted_or_voided_and_never_both) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet(100);
    const auto posted = b.hold(wallet, b.world(), 10);
    const auto voided = b.hold(wallet, b.world(), 10);
    BOOST_TEST(by.post(of(posted, "post")).status == 201U);
    BOOST_TEST(by.post(of(voided, "void")).status == 201U);
    for (const auto* verb : {"post", "void"}) {
        BOOST_TEST(by.post(of(posted, verb)).code() == "INVALID_STATE");
        BOOST_TEST(by.post(of(voided, verb)).code() == "INVALID_STATE");
    }
    BOOST_TEST(state_of(by, posted) == "posted");
    BOOST_TEST(state_of(by, voided) == "voided");
    BOOST_TEST(b.posted(wallet) == 90);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(partial_posts_never_exceed_the_hold) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet(100);
    const auto held = b.hold(wallet, b.world(), 60);
    BOOST_TEST(by.post(of(held, "post"), R"({"amount":61})").code() == "AMOUNT_EXCEEDED");
    const auto made = by.post(of(held, "post"), R"({"amount":25})");
    BOOST_TEST(made.status == 201U);
    BOOST_TEST(left(made, wallet, "posted") == 75);
    BOOST_TEST(left(made, wallet, "pending_out") == 0);
    BOOST_TEST(by.post(of(held, "post"), R"({"amount":1})").code() == "INVALID_STATE");
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(an_overdue_hold_is_not_posted_and_repeats_its_answer) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet(100);
    const auto pending = [&](const std::string& expires) {
        return transfer_body(wallet, b.world(), 1, R"(,"pending":true,"expires_at":")" + expires + "\"");
    };
    const auto expires = b.query("select to_char(now() at time zone 'UTC' + interval '1.5 s', "
                                 "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    const auto key = fresh_key();
    const auto held = by.post(transfers_path, pending(expires), key);
    BOOST_TEST(held.status == 201U, held.text);
    b.postgres().wait_until("select now() > '" + expires + "'", "t");
    BOOST_TEST(by.post(of(held.id(), "post")).code() == "INVALID_STATE");
    const auto again = by.post(transfers_path, pending(expires), key);
    BOOST_TEST(again.status == 201U, again.text);
    BOOST_TEST(again.text == held.text);
    const auto late = by.post(transfers_path, pending(expires));
    BOOST_TEST(late.code() == "VALIDATION_FAILED");
    BOOST_TEST(late.text.find("/expires_at") != std::string::npos, late.text);
}

BOOST_AUTO_TEST_CASE(reversals_sum_to_at_most_the_whole) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet();
    const auto paid = b.transfer(b.world(), wallet, 100);
    BOOST_TEST(by.post(of(paid, "reverse"), R"({"amount":101})").code() == "AMOUNT_EXCEEDED");
    BOOST_TEST(by.post(of(paid, "reverse"), R"({"amount":60})").status == 201U);
    BOOST_TEST(by.post(of(paid, "reverse"), R"({"amount":41})").code() == "AMOUNT_EXCEEDED");
    const auto rest = by.post(of(paid, "reverse"));
    BOOST_TEST(rest.status == 201U);
    BOOST_TEST(rest.data().at("legs").at(0).at("amount").to_number<int>() == 40);
    BOOST_TEST(by.post(of(paid, "reverse")).code() == "AMOUNT_EXCEEDED");
    BOOST_TEST(by.post(of(rest.id(), "reverse")).code() == "INVALID_STATE");
    BOOST_TEST(b.posted(wallet) == 0);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(a_reversal_or_a_posting_may_leave_legs_out) {
    books b;
    auto by = b.connect();
    const auto one = b.wallet();
    const auto two = b.wallet();
    const auto paid = by.post(transfers_path, two_legs(b.world(), one, two)).id();
    const auto part = by.post(of(paid, "reverse"), R"({"amounts":[0,20]})");
    BOOST_TEST(part.status == 201U, part.text);
    BOOST_TEST(b.posted(one) == 10);
    BOOST_TEST(b.posted(two) == 0);
    const auto rest = by.post(of(paid, "reverse"));
    BOOST_TEST(rest.status == 201U, rest.text);
    BOOST_TEST(b.posted(one) == 0);
    BOOST_TEST(by.get(rest.location).data().at("legs") == rest.data().at("legs"));

    auto body = two_legs(b.world(), one, two);
    body.insert(body.size() - 1, R"(,"pending":true)");
    const auto held = by.post(transfers_path, body).id();
    const auto posting = by.post(of(held, "post"), R"({"amounts":[10,0]})");
    BOOST_TEST(posting.status == 201U, posting.text);
    const auto back = by.post(of(held, "reverse"));
    BOOST_TEST(back.status == 201U, back.text);
    BOOST_TEST(b.posted(one) == 0);
    BOOST_TEST(b.broken() == "");
}

// The wallet keeps nothing of what goes through it, so it must be paid back before it pays back.
BOOST_AUTO_TEST_CASE(a_reversal_takes_the_way_of_its_target_back) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet();
    const auto merchant = b.wallet();
    const auto chain = [&](std::string_view more) {
        const auto leg = [](const std::string& from, const std::string& to) {
            return R"({"debit_account_id":")" + from + R"(","credit_account_id":")" + to + R"(","amount":100})";
        };
        return R"({"legs":[)" + leg(b.world(), wallet) + "," + leg(wallet, merchant) + "]" + std::string{more} + "}";
    };
    const auto moved = by.post(transfers_path, chain(""));
    BOOST_REQUIRE_EQUAL(moved.status, 201U);
    const auto key = fresh_key();
    const auto part = by.post(of(moved.id(), "reverse"), R"({"amounts":[30,40]})", key);
    BOOST_REQUIRE_EQUAL(part.status, 201U);
    // In the legs of the target, whichever way they were gone.
    const auto& legs = part.data().at("legs").as_array();
    BOOST_TEST(reply::text_of(legs.at(0), "credit_account_id") == b.world());
    BOOST_TEST(legs.at(0).at("amount").to_number<int>() == 30);
    BOOST_TEST(reply::text_of(legs.at(1), "debit_account_id") == merchant);
    BOOST_TEST(legs.at(1).at("amount").to_number<int>() == 40);
    BOOST_TEST(left(part, wallet, "posted") == 10);
    BOOST_TEST(by.post(of(moved.id(), "reverse"), R"({"amounts":[30,40]})", key).text == part.text);
    BOOST_TEST(by.post(of(moved.id(), "reverse"), R"({"amounts":[71,0]})").code() == "AMOUNT_EXCEEDED");
    BOOST_TEST(by.post(of(moved.id(), "reverse")).status == 201U);
    BOOST_TEST(b.posted(wallet) == 0);
    BOOST_TEST(b.posted(merchant) == 0);

    // Of a posting, which a hold's way through the wallet takes money there for.
    const auto funding = b.transfer(b.world(), wallet, 100);
    const auto held = by.post(transfers_path, chain(R"(,"pending":true)"));
    BOOST_REQUIRE_EQUAL(held.status, 201U);
    BOOST_TEST(by.post(of(held.id(), "post")).status == 201U);
    BOOST_TEST(by.post(of(funding, "reverse")).status == 201U);
    BOOST_TEST(by.post(of(held.id(), "reverse")).status == 201U);
    // Nor is more taken back than is there.
    const auto gone = by.post(transfers_path, chain(""));
    b.transfer(merchant, b.world(), 100);
    BOOST_TEST(by.post(of(gone.id(), "reverse")).code() == "INSUFFICIENT_FUNDS");
    BOOST_TEST(b.posted(wallet) == 0);
    BOOST_TEST(b.posted(merchant) == 0);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(a_refund_repeated_happens_once) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet();
    const auto paid = b.transfer(b.world(), wallet, 100);
    for (const auto* body : {R"({"amount":30})", ""}) {
        const auto key = fresh_key();
        const auto first = by.post(of(paid, "reverse"), body, key);
        BOOST_TEST(first.status == 201U);
        const auto again = by.post(of(paid, "reverse"), body, key);
        BOOST_TEST(again.status == 201U, again.text);
        BOOST_TEST(again.replayed);
        BOOST_TEST(again.text == first.text);
    }
    BOOST_TEST(by.post(of(paid, "reverse"), R"({"amount":30})").code() == "AMOUNT_EXCEEDED");
    BOOST_TEST(b.posted(wallet) == 0);
    BOOST_TEST(b.transfers() == 3);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(a_reversal_refused_before_the_posting_is_refused_alike_after_it) {
    const books b;
    auto by = b.connect();
    const auto held = b.hold(b.world(), b.wallet(), 100);
    const auto key = fresh_key();
    const auto reverse = [&] { return by.post(of(held, "reverse"), R"({"amount":50})", key); };
    BOOST_TEST(reverse().code() == "INVALID_STATE");
    BOOST_TEST(by.post(of(held, "post"), R"({"amount":30})").status == 201U);
    const auto again = reverse(); // more than was posted
    BOOST_TEST(again.code() == "INVALID_STATE");
    BOOST_TEST(again.replayed);
    BOOST_TEST(by.post(of(held, "reverse"), R"({"amount":50})").code() == "AMOUNT_EXCEEDED");
}

BOOST_AUTO_TEST_CASE(the_same_key_with_another_body_is_refused) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet(10);
    const auto key = fresh_key();
    BOOST_TEST(by.post(transfers_path, transfer_body(wallet, b.world(), 1), key).status == 201U);
    const auto other = by.post(transfers_path, transfer_body(wallet, b.world(), 2), key);
    BOOST_TEST(other.status == 422U);
    BOOST_TEST(other.code() == "IDEMPOTENCY_KEY_REUSED");
    // So it is for a key that was refused, and for a verb of another transfer.
    const auto poor = fresh_key();
    BOOST_TEST(by.post(transfers_path, transfer_body(wallet, b.world(), 99), poor).code() == "INSUFFICIENT_FUNDS");
    BOOST_TEST(by.post(transfers_path, transfer_body(wallet, b.world(), 1), poor).code() == "IDEMPOTENCY_KEY_REUSED");
    const auto one = b.hold(wallet, b.world(), 1);
    const auto two = b.hold(wallet, b.world(), 1);
    const auto verb = fresh_key();
    BOOST_TEST(by.post(of(one, "post"), {}, verb).status == 201U);
    BOOST_TEST(by.post(of(two, "post"), {}, verb).code() == "IDEMPOTENCY_KEY_REUSED");
    BOOST_TEST(b.posted(wallet) == 8);
}

BOOST_AUTO_TEST_CASE(a_refusal_stands_and_leaves_no_row) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet();
    const auto key = fresh_key();
    const auto body = transfer_body(wallet, b.world(), 5);
    const auto first = by.post(transfers_path, body, key);
    BOOST_TEST(first.code() == "INSUFFICIENT_FUNDS");
    b.transfer(b.world(), wallet, 5);
    const auto again = by.post(transfers_path, body, key);
    BOOST_TEST(again.replayed);
    BOOST_TEST(again.text == first.text);
    BOOST_TEST(b.transfers() == 1);
    BOOST_TEST(b.posted(wallet) == 5);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(amounts_at_the_edge_are_exact_or_refused) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet();
    for (const auto* amount :
         {"0", "-1", "9007199254740992", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
          "18446744073709551616", "12.50", "1e-3", "1e16", "9007199254740991.5", "\"1\"", "null"}) {
        const auto refused = by.post(
            transfers_path, R"({"debit_account_id":")" + b.world() + R"(","credit_account_id":")" + wallet +
                                R"(","amount":)" + amount + "}");
        BOOST_TEST(refused.status == 422U, amount << ": " << refused.text);
        BOOST_TEST(refused.code() == "VALIDATION_FAILED", amount << ": " << refused.text);
    }
    BOOST_TEST(b.transfers() == 0);
    const auto whole = by.post(transfers_path, transfer_body(b.world(), wallet, largest));
    BOOST_TEST(whole.status == 201U);
    BOOST_TEST(left(whole, wallet, "posted") == largest);
    BOOST_TEST(by.post(transfers_path, transfer_body(b.world(), wallet, 1)).code() == "BALANCE_OUT_OF_RANGE");
    BOOST_TEST(by.post(transfers_path, transfer_body(b.world(), wallet, largest)).code() == "BALANCE_OUT_OF_RANGE");
    // What is available and what could be posted are shown too.
    BOOST_TEST(
        by.post(transfers_path, transfer_body(b.world(), wallet, largest, R"(,"pending":true)")).code() ==
        "BALANCE_OUT_OF_RANGE");
    b.hold(wallet, b.world(), largest);
    BOOST_TEST(
        by.post(transfers_path, transfer_body(wallet, b.world(), 1, R"(,"pending":true)")).code() ==
        "BALANCE_OUT_OF_RANGE");
    BOOST_TEST(b.posted(wallet) == largest);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_CASE(sixty_four_legs_of_the_largest_amount_are_summed_exactly) {
    books b;
    auto by = b.connect();
    const auto wallet = b.account();
    std::string legs;
    for (int i = 0; i < 64; ++i) {
        const auto forth = i % 2 == 0;
        legs +=
            (legs.empty() ? "" : ",") + transfer_body(forth ? b.world() : wallet, forth ? wallet : b.world(), largest);
    }
    const auto made = by.post(transfers_path, R"({"legs":[)" + legs + "]}");
    BOOST_TEST(made.status == 201U, made.text);
    BOOST_TEST(b.query("select amount from transfers where id = '" + made.id() + "'") == "576460752303423424");
    BOOST_TEST(by.post(of(made.id(), "reverse")).status == 201U);
    BOOST_TEST(by.get(made.location).data().at("reversed_amount").to_number<std::int64_t>() == 576460752303423424);
    BOOST_TEST(b.posted(wallet) == 0);
    BOOST_TEST(b.broken() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::transfer_rules_test
