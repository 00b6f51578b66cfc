// What an Idempotency-Key stands for: the request as it was read, whatever came of it.
#include "server/secret.hpp"
#include "server/uuid.hpp"
#include "tests/integration/handlers/ledger/books.hpp"

#include <boost/algorithm/string.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace bursar::tests::request_keys_test {

using bursar::server::sha256;
using bursar::server::uuid;

namespace {

constexpr const char* batch_path = "/api/v1/transfers/batch";

std::string batch_body(const std::vector<std::string>& members, bool atomic = false) {
    return std::string{R"({"atomic":)"} + (atomic ? "true" : "false") + R"(,"transfers":[)" +
           boost::algorithm::join(members, ",") + "]}";
}

// What earlier versions kept of a request.
bursar::server::sha256_hash hash_of_bytes(const std::string& path, const std::string& body) {
    return sha256(std::string{"POST"} + '\0' + path + '\0' + body);
}

std::string earlier_hash(const std::string& path, const std::string& body) {
    return uuid::v8(hash_of_bytes(path, body)).to_string();
}

std::string hex(const bursar::server::sha256_hash& hash) {
    std::string out;
    for (const auto byte : hash)
        for (const auto digit : {byte >> 4, byte & 15})
            out += "0123456789abcdef"[digit];
    return out;
}

struct desk_of_keys {
    books b;
    caller by = b.connect();
    std::string wallet = b.wallet(100);
    std::string key = fresh_key();

    reply move(const std::string& body) { return by.post(transfers_path, body, key); }
    reply batch(const std::vector<std::string>& members, bool atomic = false) {
        return by.post(batch_path, batch_body(members, atomic), key);
    }
    std::string in(std::int64_t amount) const { return transfer_body(b.world(), wallet, amount); }
    std::string out(std::int64_t amount) const { return transfer_body(wallet, b.world(), amount); }
    std::string invalid() const { return transfer_body(wallet, wallet, 1); }
    // As if an earlier version had written all of the organization's.
    void make_earlier(const std::string& hash) const {
        b.query(
            "set session_replication_role = replica; update transfers set request_hash = '" + hash +
            "' where org_id = '" + b.org() + "'; update transfer_refusals set request_hash = '" + hash +
            "' where org_id = '" + b.org() + "'; delete from transfer_batch_keys where org_id = '" + b.org() +
            "'; set session_replication_role = origin");
    }
};

std::string upper(std::string text) {
    return boost::algorithm::to_upper_copy(text);
}

} // namespace

BOOST_AUTO_TEST_SUITE(request_keys)

BOOST_AUTO_TEST_CASE(the_same_request_in_other_words_is_the_same_request) {
    desk_of_keys d;
    const auto& from = d.b.world();
    const auto& to = d.wallet;
    const auto first = d.move(
        R"({"debit_account_id":")" + from + R"(","credit_account_id":")" + to +
        R"(","amount":7,"description":"Zoë / 1","effective_at":"2026-01-02T03:04:05Z","metadata":{"b":{"y":[1,2],"x":"é"},"a":1}})");
    BOOST_REQUIRE_EQUAL(first.status, 201U);
    const std::vector<std::string> same{
        // order and spacing
        " {\n\"metadata\" : {\"a\":1 , "
        "\"b\":{\"x\":\"é\",\"y\":[1,2]}},\t\"effective_at\":\"2026-01-02T03:04:05Z\",\"description\":\"Zoë / "
        "1\",\"amount\":7,"
        "\"credit_account_id\":\"" +
            to + "\",\"debit_account_id\":\"" + from + "\"}\r\n",
        // escapes, ids, times
        R"({"d\u0065bit_account_id":")" + upper(from) + R"(","credit_account_id":")" + to +
            R"(","amount":7,"description":"Zo\u00eb \/ 1","effective_at":"2026-01-02T04:04:05.000+01:00","metadata":{"b":{"y":[1,2],"x":"\u00e9"},"a":1}})",
        // null and defaults
        R"({"debit_account_id":")" + from + R"(","credit_account_id":")" + to +
            R"(","amount":7,"description":"Zoë / 1","effective_at":"2026-01-02T03:04:05Z","metadata":{"b":{"y":[1,2],"x":"é"},"a":1},"pending":false,"legs":null,"fx":null,"expires_at":null})"};
    for (const auto& body : same) {
        const auto again = d.move(body);
        BOOST_TEST(again.replayed, body);
        BOOST_TEST(again.text == first.text); // the metadata as they came first
    }
    for (const auto* more :
         {R"(,"metadata":{"b":{"y":[2,1],"x":"é"},"a":1})", R"(,"metadata":{"b":{"y":[1,2],"x":"é"},"a":null})", ""}) {
        const auto other = d.move(
            R"({"debit_account_id":")" + from + R"(","credit_account_id":")" + to +
            R"(","amount":7,"description":"Zoë / 1","effective_at":"2026-01-02T03:04:05Z")" + more + "}");
        BOOST_TEST(other.code() == "IDEMPOTENCY_KEY_REUSED", more);
    }
    BOOST_TEST(d.b.posted(to) == 107);
}

BOOST_AUTO_TEST_CASE(the_same_holds_for_paths_and_for_answers_that_are_stored) {
    desk_of_keys d;
    const auto made = d.b.transfer(d.b.world(), d.wallet, 5);
    const auto path = std::string{transfers_path} + "/";
    const auto first = d.by.post(path + made + "/reverse", R"({"amount":2})", d.key);
    BOOST_REQUIRE_EQUAL(first.status, 201U);
    BOOST_TEST(d.by.post(path + upper(made) + "/reverse", R"({"amounts":null,"amount":2})", d.key).text == first.text);
    const auto whole = fresh_key();
    const auto rest = d.by.post(path + made + "/reverse", {}, whole);
    BOOST_TEST(d.by.post(path + made + "/reverse", "{ }", whole).text == rest.text);

    const auto key = fresh_key();
    const auto customer = d.by.post("/api/v1/customers", R"({"name":"Ada","metadata":{"a":1,"b":"x"}})", key);
    BOOST_REQUIRE_EQUAL(customer.status, 201U);
    const auto again =
        d.by.post("/api/v1/customers", R"({ "metadata":{"b":"\u0078","a":1},"email":null,"name":"\u0041da"})", key);
    BOOST_TEST(again.replayed);
    BOOST_TEST(again.text == customer.text);
    const auto other = d.by.post("/api/v1/customers", R"({"name":"Ada","metadata":{"a":1,"b":"y"}})", key);
    BOOST_TEST(other.code() == "IDEMPOTENCY_KEY_REUSED");
}

BOOST_AUTO_TEST_CASE(a_request_answered_by_an_earlier_version_is_known_by_its_bytes) {
    desk_of_keys d;
    const auto body = d.in(7);
    const auto first = d.move(body);
    BOOST_REQUIRE_EQUAL(first.status, 201U);
    d.make_earlier(earlier_hash(transfers_path, body));
    BOOST_TEST(d.move(body).text == first.text);
    BOOST_TEST(d.move(body).replayed);
    BOOST_TEST(d.move(d.in(8)).code() == "IDEMPOTENCY_KEY_REUSED");

    const auto key = fresh_key();
    const std::string ada = R"({"name":"Ada"})";
    const auto customer = d.by.post("/api/v1/customers", ada, key);
    d.b.query(
        "set session_replication_role = replica; update idempotency_keys set fingerprint = decode('" +
        hex(hash_of_bytes("/api/v1/customers", ada)) + "', 'hex') where org_id = '" + d.b.org() + "' and key = '" +
        key + "'");
    BOOST_TEST(d.by.post("/api/v1/customers", ada, key).text == customer.text);
    BOOST_TEST(d.by.post("/api/v1/customers", R"({"name":"Bob"})", key).code() == "IDEMPOTENCY_KEY_REUSED");
}

BOOST_AUTO_TEST_CASE(a_batch_answered_by_an_earlier_version_is_known_by_its_bytes) {
    for (const bool atomic : {false, true}) {
        desk_of_keys d;
        const std::vector<std::string> list{d.in(1), d.in(2)};
        const auto first = d.batch(list, atomic);
        BOOST_REQUIRE_EQUAL(first.status, 200U);
        d.make_earlier(earlier_hash(batch_path, batch_body(list, atomic)));
        const auto again = d.batch(list, atomic);
        BOOST_TEST(again.status == 200U);
        BOOST_TEST(again.replayed);
        BOOST_TEST(d.batch({d.in(1), d.in(3), d.in(4)}, atomic).code() == "IDEMPOTENCY_KEY_REUSED");
        BOOST_TEST(d.b.posted(d.wallet) == 103);
    }
    // Its first member had left no row then.
    desk_of_keys d;
    const std::vector<std::string> list{d.invalid(), d.in(2)};
    BOOST_REQUIRE_EQUAL(d.batch(list).status, 200U);
    d.make_earlier(earlier_hash(batch_path, batch_body(list)));
    d.b.query("delete from transfer_refusals where org_id = '" + d.b.org() + "'");
    const auto again = d.batch(list);
    BOOST_TEST(again.data().at(1).at("replayed").as_bool());
    BOOST_TEST(d.b.posted(d.wallet) == 102);
}

// Whatever the first list comes to.
BOOST_AUTO_TEST_CASE(the_key_of_a_batch_is_of_the_whole_list) {
    for (const bool atomic : {false, true}) {
        desk_of_keys d;
        const std::vector<std::vector<std::string>> lists{
            {d.invalid(), d.in(5)},                           // its first member is not valid
            {d.invalid(), d.invalid()},                       // none is
            {d.out(100'000), d.in(5)},                        // the first is refused
            {transfer_body(uuid{}.to_string(), d.wallet, 1)}, // no such account
            {d.in(0), d.in(5)},                               // not as the schema has it
            {d.in(5), transfer_body(d.b.world(), d.wallet, 5, R"(,"colour":"red")")},
            {d.in(5)}};
        for (const auto& list : lists) {
            d.key = fresh_key();
            const auto first = d.batch(list, atomic);
            const auto before = d.b.posted(d.wallet);
            for (const auto& other : {std::vector{d.in(7)}, std::vector{list.front(), d.in(7)}})
                BOOST_TEST(d.batch(other, atomic).code() == "IDEMPOTENCY_KEY_REUSED", first.text);
            BOOST_TEST(d.batch(list, !atomic).code() == "IDEMPOTENCY_KEY_REUSED", first.text);
            const auto again = d.batch(list, atomic);
            BOOST_TEST(again.status == first.status);
            BOOST_TEST(again.code() == first.code());
            BOOST_TEST(again.replayed, first.text);
            BOOST_TEST(!first.replayed);
            BOOST_TEST(d.b.posted(d.wallet) == before);
        }
        BOOST_TEST(d.b.broken() == "");
    }
}

BOOST_AUTO_TEST_CASE(of_two_lists_that_race_under_one_key_one_moves_money) {
    desk_of_keys d;
    for (int round = 0; round < 10; ++round) {
        const auto key = fresh_key();
        const auto before = d.b.posted(d.wallet);
        together both;
        both.send(d.b.connect(), batch_path, batch_body({d.invalid(), d.in(1), d.in(1)}), key);
        both.send(d.b.connect(), batch_path, batch_body({d.in(10)}, round % 2 == 0), key);
        const auto answers = both.answers();
        BOOST_TEST(count_status(answers, 200) == 1U);
        BOOST_TEST(count_code(answers, "IDEMPOTENCY_KEY_REUSED") == 1U);
        BOOST_TEST(d.b.posted(d.wallet) - before == (answers.front().status == 200U ? 2 : 10));
    }
}

BOOST_AUTO_TEST_CASE(a_refusal_keeps_its_key_whatever_the_verb) {
    desk_of_keys d;
    const auto unknown = uuid::v7().to_string();
    const auto path = [](const std::string& id, const std::string& verb) {
        return std::string{transfers_path} + "/" + id + "/" + verb;
    };
    const auto held = [&] { return d.b.hold(d.b.world(), d.wallet, 10); };
    const auto expect = [&](const std::string& at, const std::string& body, const std::string& code,
                            const std::string& other_at, const std::string& other) {
        const auto key = fresh_key();
        const auto first = d.by.post(at, body, key);
        BOOST_TEST(first.code() == code, first.text);
        BOOST_TEST(d.by.post(other_at, other, key).code() == "IDEMPOTENCY_KEY_REUSED", at + " " + body);
        const auto again = d.by.post(at, body, key);
        BOOST_TEST(again.text == first.text);
        BOOST_TEST(again.replayed);
    };
    const auto hold = held();
    expect(path(hold, "post"), R"({"amount":11})", "AMOUNT_EXCEEDED", path(hold, "post"), R"({"amount":10})");
    expect(path(unknown, "post"), {}, "NOT_FOUND", path(hold, "post"), {});
    expect(path(unknown, "void"), {}, "NOT_FOUND", path(hold, "void"), {});
    expect(path(unknown, "reverse"), {}, "NOT_FOUND", path(hold, "reverse"), {});
    expect(path("nonsense", "post"), {}, "NOT_FOUND", path(hold, "post"), {});
    const auto done = d.b.transfer(d.b.world(), d.wallet, 10);
    expect(path(done, "void"), {}, "INVALID_STATE", path(hold, "void"), {});
    expect(path(done, "post"), {}, "INVALID_STATE", path(hold, "post"), {});
    expect(path(done, "reverse"), R"({"amount":11})", "AMOUNT_EXCEEDED", path(done, "reverse"), R"({"amount":1})");
    expect(path(hold, "reverse"), {}, "INVALID_STATE", path(done, "reverse"), {});
    // A conversion is looked up before the ledger is.
    const auto convert = [&](const std::string& to, int amount) {
        return transfer_body(d.wallet, to, amount, R"(,"credit_amount":5)");
    };
    expect(transfers_path, convert(unknown, 5), "NOT_FOUND", transfers_path, d.in(1));
    BOOST_TEST(d.by.post(path(hold, "post")).status == 201U);
    BOOST_TEST(d.b.broken() == "");
}

BOOST_AUTO_TEST_CASE(a_request_that_is_not_valid_is_corrected_under_its_key) {
    desk_of_keys d;
    const auto hold = d.b.hold(d.b.world(), d.wallet, 10);
    const auto post = std::string{transfers_path} + "/" + hold + "/post";
    BOOST_TEST(d.by.post(post, R"({"amounts":[1,2]})", d.key).code() == "VALIDATION_FAILED");
    BOOST_TEST(d.by.post(post, R"({"amounts":[1]})", d.key).status == 201U);
    d.key = fresh_key();
    const auto until = [&](const std::string& when) {
        return d.move(transfer_body(d.b.world(), d.wallet, 1, R"(,"pending":true,"expires_at":")" + when + "\""));
    };
    BOOST_TEST(until("2020-01-01T00:00:00Z").code() == "VALIDATION_FAILED");
    BOOST_TEST(until("2099-01-01T00:00:00Z").status == 201U);
    BOOST_TEST(until("2020-01-01T00:00:00Z").code() == "IDEMPOTENCY_KEY_REUSED");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::request_keys_test
