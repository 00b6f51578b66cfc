// Transfers from one currency into another: the clearing accounts they go through, the rate that is kept with them, and
// that nothing afterwards takes them apart.
#include "server/uuid.hpp"
#include "tests/integration/handlers/ledger/books.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace bursar::tests::conversions_test {

using boost::json::serialize;

namespace {

// 1,000.00 EUR on one account, nothing on one in USD.
struct exchange {
    exchange() { b.transfer(b.world(), euros, 100000); }

    std::string body(const std::string& amounts, const std::string& more = {}) const {
        return R"({"debit_account_id":")" + euros + R"(","credit_account_id":")" + dollars + R"(",)" + amounts + more +
               "}";
    }
    reply convert(const std::string& amounts, const std::string& more = {}) {
        return by.post(transfers_path, body(amounts, more));
    }
    reply act(const reply& on, const std::string& verb, const std::string& said = "{}") {
        return by.post(on.location + "/" + verb, said);
    }
    // The pointer and message of the field at fault.
    static std::string fault(const reply& refused) {
        const auto& error = refused.body.at("error");
        if (!error.as_object().contains("fields"))
            return refused.text;
        const auto& field = error.at("fields").at(0);
        return reply::text_of(field, "pointer") + " " + reply::text_of(field, "message");
    }
    std::string clearing(const std::string& currency) const {
        return b.query(
            "select id from accounts where org_id = '" + b.org() + "' and code = 'fx:" + currency +
            "' and type = 'equity' and currency = '" + currency + "'");
    }
    // Euros, dollars, and what their clearing accounts hold.
    std::string standing() const {
        std::string out;
        for (const auto& account : {euros, dollars, clearing("EUR"), clearing("USD")})
            out.append(out.empty() ? "" : " ").append(account.empty() ? "-" : std::to_string(b.posted(account)));
        return out;
    }

    books b;
    caller by = b.connect();
    std::string euros = b.wallet();
    std::string dollars = b.account({.currency = "USD", .floor = 0});
};

std::string rate_of(const reply& made) {
    return reply::text_of(made.data().at("fx"), "rate");
}

constexpr const char* plain = R"("amount":10000,"credit_amount":10850)";
constexpr const char* before = "100000 0 - -";
constexpr const char* after = "90000 10850 10000 -10850";

} // namespace

BOOST_AUTO_TEST_SUITE(conversions)

BOOST_AUTO_TEST_CASE(goes_through_the_clearing_accounts_at_the_rate_that_is_kept) {
    exchange x;
    BOOST_TEST(x.standing() == before);
    const auto made = x.convert(plain, R"(,"fx":{"rate":"1.0850","source":"ECB 2026-11-20"})");
    BOOST_REQUIRE_MESSAGE(made.status == 201U, made.text);
    BOOST_TEST(x.standing() == after);
    const auto& fx = made.data().at("fx");
    BOOST_TEST(fx.at("leg").as_int64() == 0);
    BOOST_TEST(reply::text_of(fx, "base_currency") == "EUR");
    BOOST_TEST(reply::text_of(fx, "quote_currency") == "USD");
    BOOST_TEST(reply::text_of(fx, "rate") == "1.0850");
    BOOST_TEST(reply::text_of(fx, "source") == "ECB 2026-11-20");
    const auto& legs = made.data().at("legs").as_array();
    BOOST_REQUIRE(legs.size() == 2U);
    BOOST_TEST(reply::text_of(legs[0], "credit_account_id") == x.clearing("EUR"));
    BOOST_TEST(reply::text_of(legs[1], "debit_account_id") == x.clearing("USD"));
    const auto read = x.by.get(made.location);
    BOOST_TEST(serialize(read.data().at("fx")) == serialize(fx));
    BOOST_TEST(serialize(read.data().at("legs")) == serialize(made.data().at("legs")));
    // The next one finds the accounts.
    BOOST_TEST(x.convert(plain).status == 201U);
    BOOST_TEST(x.standing() == "80000 21700 20000 -21700");
    BOOST_TEST(x.b.broken() == "");
}

BOOST_AUTO_TEST_CASE(without_a_rate_it_is_that_of_the_amounts) {
    exchange x;
    const auto made = x.convert(R"("amount":300,"credit_amount":325)");
    BOOST_TEST(rate_of(made) == "1.08333333333333333");
    BOOST_TEST(made.data().at("fx").at("source").is_null());
    BOOST_TEST(rate_of(x.by.get(made.location)) == rate_of(made));
    // Others have no such member.
    BOOST_TEST(!x.by.post(transfers_path, transfer_body(x.b.world(), x.euros, 1)).data().as_object().contains("fx"));
}

BOOST_AUTO_TEST_CASE(an_asset_counts_in_its_own_unit) {
    exchange x;
    BOOST_TEST(x.by.post("/api/v1/assets", R"({"code":"POINTS","name":"Points","exponent":0})").status == 201U);
    const auto points = x.b.account({.currency = "POINTS"});
    const auto made = x.by.post(
        transfers_path, R"({"debit_account_id":")" + x.euros + R"(","credit_account_id":")" + points +
                            R"(","amount":1000,"credit_amount":500,"fx":{"rate":"50"}})");
    BOOST_TEST(made.status == 201U, made.text);
    BOOST_TEST(x.b.posted(points) == 500);
    BOOST_TEST(x.b.broken() == "");
}

BOOST_AUTO_TEST_CASE(amounts_that_are_not_of_the_rate_are_refused) {
    exchange x;
    const auto refused = x.convert(R"("amount":10000,"credit_amount":10852)", R"(,"fx":{"rate":"1.085"})");
    BOOST_TEST(refused.status == 422U);
    BOOST_TEST(x.fault(refused) == "/fx/rate is not that of the amounts, which is 1.0852");
    BOOST_TEST(x.convert(R"("amount":10001,"credit_amount":10852)", R"(,"fx":{"rate":"1.085"})").status == 201U);
    for (const auto* rate : {"0", "-1", "1e3", "1,5", "", "01", "0.0000000000000000001"})
        BOOST_TEST(
            x.fault(x.convert(plain, R"(,"fx":{"rate":")" + std::string{rate} + R"("})"))
                .starts_with("/fx/rate must be"),
            rate);
}

BOOST_AUTO_TEST_CASE(what_is_no_conversion_is_told) {
    exchange x;
    const auto fault = [&](const std::string& debit, const std::string& credit, const std::string& more) {
        return x.fault(x.by.post(transfers_path, transfer_body(debit, credit, 100, more)));
    };
    BOOST_TEST(
        fault(x.euros, x.b.wallet(), R"(,"credit_amount":100)") ==
        "/credit_amount is for accounts in two currencies; both are in EUR");
    BOOST_TEST(fault(x.b.world(), x.euros, R"(,"fx":{"rate":"1"})") == "/fx is for transfers with credit_amount");
    BOOST_TEST(fault(x.euros, x.dollars, "") == "/credit_account_id is in USD");
    const auto nowhere = bursar::server::uuid::v7().to_string();
    BOOST_TEST(fault(x.euros, nowhere, R"(,"credit_amount":1)") == "/credit_account_id is no account");
    BOOST_TEST(fault(nowhere, x.dollars, R"(,"credit_amount":1)") == "/debit_account_id is no account");
    exchange other;
    BOOST_TEST(fault(x.euros, other.dollars, R"(,"credit_amount":1)") == "/credit_account_id is no account");
    // Nothing of all that left an account behind.
    BOOST_TEST(x.standing() == before);
    BOOST_TEST(x.convert(plain).status == 201U);
    BOOST_TEST(
        fault(x.clearing("EUR"), x.dollars, R"(,"credit_amount":1)") ==
        "/debit_account_id is itself a clearing account");
}

BOOST_AUTO_TEST_CASE(stands_beside_other_legs) {
    exchange x;
    const auto fees = x.b.account({.type = "income"});
    const auto leg = [](const std::string& debit, const std::string& credit, const std::string& amounts) {
        return R"({"debit_account_id":")" + debit + R"(","credit_account_id":")" + credit + R"(",)" + amounts + "}";
    };
    const auto fee = leg(x.euros, fees, R"("amount":50)");
    const auto converted = leg(x.euros, x.dollars, plain);
    const auto legs = [](const std::string& all) { return R"({"legs":[)" + all + "]}"; };
    const auto made = x.by.post(transfers_path, legs(fee + "," + converted));
    BOOST_REQUIRE_MESSAGE(made.status == 201U, made.text);
    BOOST_TEST(made.data().at("fx").at("leg").as_int64() == 1);
    BOOST_TEST(made.data().at("legs").as_array().size() == 3U);
    BOOST_TEST(x.standing() == "89950 10850 10000 -10850");
    // Faults are named by the legs that were sent.
    const auto missing = leg(x.euros, bursar::server::uuid::v7().to_string(), R"("amount":50)");
    BOOST_TEST(
        x.fault(x.by.post(transfers_path, legs(converted + "," + missing))) ==
        "/legs/1/credit_account_id is no account");
    BOOST_TEST(
        x.fault(x.by.post(transfers_path, legs(converted + "," + converted))) ==
        "/legs/1/credit_amount stands in another leg already: a transfer has one conversion at most");
    std::string many = converted;
    for (int i = 0; i < 63; ++i)
        many += "," + fee;
    BOOST_TEST(
        x.fault(x.by.post(transfers_path, legs(many))) ==
        "/legs must have at most 63 elements, as one of them is a conversion");
    BOOST_TEST(x.b.broken() == "");
}

BOOST_AUTO_TEST_CASE(the_limits_of_both_ends_hold) {
    exchange x;
    const auto refused = x.convert(R"("amount":100001,"credit_amount":1)");
    BOOST_TEST(refused.code() == "INSUFFICIENT_FUNDS");
    BOOST_TEST(x.fault(refused) == "/debit_account_id has too little available");
    const auto clearing = x.clearing("USD");
    BOOST_TEST(x.by.post("/api/v1/accounts/" + clearing + "/freeze").status == 200U);
    const auto frozen = x.convert(plain);
    BOOST_TEST(frozen.code() == "ACCOUNT_NOT_OPEN");
    BOOST_TEST(x.fault(frozen) == "/credit_amount goes through a clearing account that is frozen or closed");
    BOOST_TEST(x.b.broken() == "");
}

BOOST_AUTO_TEST_CASE(is_reversed_whole_or_not_at_all) {
    exchange x;
    const auto made = x.convert(plain, R"(,"fx":{"rate":"1.085","source":"desk"})");
    for (const auto* part : {R"({"amounts":[5000,5425]})", R"({"amounts":[10000,0]})", R"({"amounts":[0,10850]})"})
        BOOST_TEST(
            x.fault(x.act(made, "reverse", part)) ==
                "/amounts/0 and the next one are a conversion: give 10000 and 10850, or 0 and 0",
            part);
    BOOST_TEST(x.act(made, "reverse", R"({"amount":5000})").status == 422U);
    BOOST_TEST(x.standing() == after);
    const auto back = x.act(made, "reverse");
    BOOST_REQUIRE_MESSAGE(back.status == 201U, back.text);
    BOOST_TEST(x.standing() == "100000 0 0 0");
    BOOST_TEST(serialize(back.data().at("fx")) == serialize(made.data().at("fx")));
    BOOST_TEST(serialize(x.by.get(back.location).data().at("fx")) == serialize(made.data().at("fx")));
    BOOST_TEST(x.act(made, "reverse").code() == "AMOUNT_EXCEEDED");
    BOOST_TEST(x.b.broken() == "");
}

BOOST_AUTO_TEST_CASE(what_was_reversed_is_not_added_over_currencies) {
    exchange x;
    const auto reversed = [&](const reply& of) {
        const auto read = x.by.get(of.location).data();
        return serialize(read.at("reversed_amount")) + " " + serialize(read.at("reversed_amounts"));
    };
    const auto made = x.convert(plain);
    BOOST_TEST(serialize(made.data().at("reversed_amount")) == "0");
    BOOST_TEST(reversed(made) == "0 []");
    BOOST_REQUIRE(x.act(made, "reverse").status == 201U);
    BOOST_TEST(reversed(made) == "null [10000,10850]");
    // Legs of two currencies without a conversion, one of them reversed.
    const auto vault = x.b.account({.currency = "USD"});
    const auto mixed = x.by.post(
        transfers_path,
        R"({"legs":[)" + transfer_body(x.euros, x.b.world(), 7) + "," + transfer_body(vault, x.dollars, 9) + "]}");
    BOOST_REQUIRE_MESSAGE(mixed.status == 201U, mixed.text);
    const auto tag = x.by.get(mixed.location).etag;
    BOOST_REQUIRE(x.act(mixed, "reverse", R"({"amounts":[3,0]})").status == 201U);
    BOOST_TEST(reversed(mixed) == "null [3,0]");
    BOOST_TEST(x.by.get(mixed.location).etag != tag);
    const auto plain_one = x.by.post(transfers_path, transfer_body(x.euros, x.b.world(), 7));
    BOOST_REQUIRE(x.act(plain_one, "reverse", R"({"amount":3})").status == 201U);
    BOOST_TEST(reversed(plain_one) == "3 [3]");
    const auto list = x.by.get("/api/v1/transfers");
    for (const auto& listed : list.data().as_array())
        if (reply::text_of(listed, "id") == made.id())
            BOOST_TEST(listed.at("reversed_amount").is_null());
    // Once its legs are archived nobody knows their currencies.
    x.b.query("set session_replication_role = replica; delete from entries where transfer_id = '" + made.id() + "'");
    BOOST_TEST(reversed(made) == "null [10000,10850]");
}

BOOST_AUTO_TEST_CASE(a_clearing_account_is_not_closed) {
    exchange x;
    const auto made = x.convert(plain);
    BOOST_REQUIRE(x.act(made, "reverse").status == 201U);
    const auto clearing = x.clearing("USD");
    for (const auto* verb : {"/close", "/freeze", "/close", "/unfreeze"}) {
        const auto answer = x.by.post("/api/v1/accounts/" + clearing + verb);
        BOOST_TEST(answer.code() == (verb == std::string_view{"/close"} ? "INVALID_STATE" : ""), verb << answer.text);
    }
    BOOST_CHECK_THROW(
        x.b.query("update accounts set status = 'closed' where id = '" + clearing + "'"), std::runtime_error);
    // One that an organization made by itself, and one that was closed when that could be done.
    const auto yen =
        x.by.post("/api/v1/accounts", R"({"name":"Yen","type":"equity","currency":"JPY","code":"fx:JPY"})");
    BOOST_TEST(x.by.post(yen.location + "/close").code() == "INVALID_STATE");
    x.b.query(
        "alter table accounts disable trigger accounts_clearing_stays_open; update accounts set status = 'closed' "
        "where id = '" +
        clearing + "'; alter table accounts enable trigger accounts_clearing_stays_open");
    BOOST_TEST(x.convert(plain).code() == "ACCOUNT_NOT_OPEN");
    BOOST_TEST(x.by.post("/api/v1/accounts/" + clearing + "/reopen").status == 200U);
    BOOST_TEST(x.convert(plain).status == 201U);
    BOOST_TEST(x.b.broken() == "");
}

// Into a wallet, from there into dollars, and on to a merchant: nothing stays where it passes.
BOOST_AUTO_TEST_CASE(one_that_passes_through_accounts_is_reversed_by_the_same_way) {
    exchange x;
    const auto passed = x.b.wallet();
    const auto merchant = x.b.account({.currency = "USD", .floor = 0});
    const auto leg = [](const std::string& from, const std::string& to, const std::string& amounts) {
        return R"({"debit_account_id":")" + from + R"(","credit_account_id":")" + to + R"(",)" + amounts + "}";
    };
    const auto made = x.by.post(
        transfers_path, R"({"legs":[)" + leg(x.euros, passed, R"("amount":10000)") + "," +
                            leg(passed, x.dollars, plain) + "," + leg(x.dollars, merchant, R"("amount":10850)") + "]}");
    BOOST_REQUIRE_EQUAL(made.status, 201U);
    BOOST_TEST(x.act(made, "reverse", R"({"amounts":[0,0,0,850]})").status == 201U);
    BOOST_TEST(x.act(made, "reverse", R"({"amounts":[0,5000,5425,0]})").code() == "VALIDATION_FAILED");
    const auto back = x.act(made, "reverse");
    BOOST_REQUIRE_EQUAL(back.status, 201U);
    BOOST_TEST(back.data().at("fx").at("leg").to_number<int>() == 1);
    BOOST_TEST(reply::text_of(back.data().at("fx"), "base_currency") == "EUR");
    BOOST_TEST(back.data().at("legs").at(3).at("amount").to_number<int>() == 10000);
    BOOST_TEST(x.standing() == "100000 0 0 0");
    BOOST_TEST(x.b.posted(merchant) == 0);
    BOOST_TEST(x.b.broken() == "");
}

BOOST_AUTO_TEST_CASE(a_held_one_is_posted_whole_or_let_go) {
    exchange x;
    const auto held = x.convert(plain, R"(,"pending":true,"fx":{"rate":"1.085"})");
    BOOST_TEST(x.standing() == "100000 0 0 0");
    BOOST_TEST(rate_of(held) == "1.085");
    BOOST_TEST(
        x.fault(x.act(held, "post", R"({"amounts":[5000,5425]})")) ==
        "/amounts/0 and the next one are a conversion: give 10000 and 10850, or 0 and 0");
    const auto posted = x.act(held, "post");
    BOOST_TEST(x.standing() == after);
    BOOST_TEST(rate_of(posted) == "1.085");
    // By the hold's id, and so its posting.
    BOOST_TEST(rate_of(x.act(held, "reverse")) == "1.085");
    BOOST_TEST(x.standing() == "100000 0 0 0");
    const auto other = x.convert(plain, R"(,"pending":true)");
    const auto gone = x.act(other, "void", "");
    BOOST_TEST(gone.status == 201U, gone.text);
    BOOST_TEST(!gone.data().as_object().contains("fx"));
    BOOST_TEST(x.standing() == "100000 0 0 0");
    BOOST_TEST(x.b.broken() == "");
}

BOOST_AUTO_TEST_CASE(the_same_key_converts_once) {
    exchange x;
    const auto key = fresh_key();
    const auto body = x.body(plain, R"(,"fx":{"rate":"1.0850"})");
    const auto made = x.by.post(transfers_path, body, key);
    BOOST_TEST(x.by.post("/api/v1/accounts/" + x.clearing("EUR") + "/freeze").status == 200U);
    const auto again = x.by.post(transfers_path, body, key);
    BOOST_TEST(again.replayed);
    BOOST_TEST(again.text == made.text);
    BOOST_TEST(
        x.by.post(transfers_path, x.body(plain, R"(,"fx":{"rate":"1.085"})"), key).code() == "IDEMPOTENCY_KEY_REUSED");
    BOOST_TEST(x.standing() == after);
}

BOOST_AUTO_TEST_CASE(members_of_a_batch_convert) {
    exchange x;
    const auto batch = [&](const std::string& more, const std::string& atomic) {
        return x.by.post(
            std::string{transfers_path} + "/batch", R"({"atomic":)" + atomic + R"(,"transfers":[)" + x.body(plain) +
                                                        "," + more + "," + transfer_body(x.b.world(), x.euros, 1) +
                                                        "]}");
    };
    const auto wrong = x.body(plain, R"(,"fx":{"rate":"2"})");
    const auto refused = batch(wrong, "true");
    BOOST_TEST(x.fault(refused) == "/transfers/1/fx/rate is not that of the amounts, which is 1.085");
    BOOST_TEST(x.standing() == "100000 0 0 0");
    const auto each = batch(wrong, "false").data();
    BOOST_TEST(each.at(0).at("status").as_int64() == 201);
    BOOST_TEST(reply::text_of(each.at(0).at("transfer").at("fx"), "rate") == "1.085");
    BOOST_TEST(each.at(1).at("status").as_int64() == 422);
    BOOST_TEST(reply::text_of(each.at(1).at("error"), "pointer") == "/fx/rate");
    BOOST_TEST(each.at(2).at("status").as_int64() == 201);
    BOOST_TEST(x.standing() == "90001 10850 10000 -10850");
    BOOST_TEST(batch(x.body(plain), "true").status == 200U);
    BOOST_TEST(x.standing() == "70002 32550 30000 -32550");
    BOOST_TEST(x.b.broken() == "");
}

BOOST_AUTO_TEST_CASE(two_at_once_make_one_clearing_account) {
    exchange x;
    const auto outcomes = at_once(x.b.key(), 8, [&](caller& one, int) {
        return one.post(transfers_path, x.body(R"("amount":10,"credit_amount":11)"));
    });
    BOOST_TEST(outcomes.size() == 1U);
    BOOST_TEST(outcomes.at("201") == 8);
    BOOST_TEST(x.standing() == "99920 88 80 -88");
    BOOST_TEST(x.b.broken() == "");
}

BOOST_AUTO_TEST_CASE(codes_of_clearing_accounts_are_for_them) {
    exchange x;
    const auto open = [&](const std::string& code, const std::string& type, const std::string& more = {}) {
        return x.by.post(
            "/api/v1/accounts",
            R"({"name":"A","code":")" + code + R"(","type":")" + type + R"(","currency":"USD")" + more + "}");
    };
    BOOST_TEST(open("fx:EUR", "equity").status == 422U);
    BOOST_TEST(open("fx:USD", "asset").status == 422U);
    BOOST_TEST(open("fx:USD", "equity", R"(,"floor":0)").status == 422U);
    const auto own = open("fx:USD", "equity");
    BOOST_TEST(own.status == 201U, own.text);
    BOOST_TEST(x.convert(plain).status == 201U);
    BOOST_TEST(x.clearing("USD") == own.id());
    BOOST_TEST(x.b.posted(own.id()) == -10850);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::conversions_test
