// Transfers as clients find them, make them by the thousand, and see their holds let go.
#include "tests/integration/handlers/ledger/books.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests {

namespace {

std::string list_path(std::string_view query) {
    return std::string{transfers_path} + "?" + std::string{query};
}

std::vector<std::string> ids_of(const reply& page) {
    std::vector<std::string> out;
    for (const auto& each : page.data().as_array())
        out.push_back(reply::text_of(each, "id"));
    return out;
}

// Every page of a list, two at a time.
std::vector<std::string> all_ids(caller& by, const std::string& query) {
    std::vector<std::string> out;
    std::string cursor;
    do {
        const auto page = by.get(list_path(query + "&limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor)));
        BOOST_REQUIRE_EQUAL(page.status, 200U);
        for (auto& id : ids_of(page))
            out.push_back(std::move(id));
        cursor = page.next_cursor();
    } while (!cursor.empty());
    return out;
}

using ids = std::vector<std::string>;

std::string batch_body(const std::vector<std::string>& members, bool atomic = false) {
    std::string out = atomic ? R"({"atomic":true,"transfers":[)" : R"({"transfers":[)";
    for (const auto& each : members)
        out += (&each == &members.front() ? "" : ",") + each;
    return out + "]}";
}

std::int64_t status_at(const reply& batch, std::size_t place) {
    return boost::json::value_to<std::int64_t>(batch.data().as_array().at(place).at("status"));
}

} // namespace

BOOST_AUTO_TEST_SUITE(transfer_lists)

BOOST_AUTO_TEST_CASE(by_account_newest_first_and_a_transfer_once) {
    books of;
    auto by = of.connect();
    const auto wallet = of.wallet();
    const auto other = of.wallet();
    ids made;
    for (int i = 0; i < 5; ++i)
        made.insert(made.begin(), of.transfer(of.world(), wallet, 10));
    // Three entries on one account.
    const auto leg = [&](const std::string& to) {
        return R"({"debit_account_id":")" + wallet + R"(","credit_account_id":")" + to + R"(","amount":1})";
    };
    const auto several =
        by.post(transfers_path, R"({"legs":[)" + leg(other) + "," + leg(of.world()) + "," + leg(other) + "]}");
    BOOST_REQUIRE_EQUAL(several.status, 201U);
    made.insert(made.begin(), several.id());
    of.transfer(of.world(), other, 1);
    BOOST_TEST(all_ids(by, "account_id=" + wallet) == made, boost::test_tools::per_element());
    BOOST_TEST(all_ids(by, "account_id=" + of.account()).empty());
}

BOOST_AUTO_TEST_CASE(by_customer_reference_metadata_state_and_time) {
    books of;
    auto by = of.connect();
    const auto customer = by.customer();
    const auto made = by.post(
        "/api/v1/accounts",
        R"({"name":"Wallet","type":"liability","currency":"EUR","customer_id":")" + customer + "\"}");
    BOOST_REQUIRE_EQUAL(made.status, 201U);
    const auto first = by.post(
        transfers_path,
        transfer_body(of.world(), made.id(), 5, R"(,"external_reference":"order-1","metadata":{"channel":"web"})"));
    const auto second = by.post(transfers_path, transfer_body(of.world(), made.id(), 6, R"(,"pending":true)"));
    const auto third = of.transfer(of.world(), of.wallet(), 7);
    BOOST_REQUIRE_EQUAL(second.status, 201U);
    const auto listed = [&](const std::string& query) { return all_ids(by, query); };
    BOOST_TEST(listed("customer_id=" + customer) == (ids{second.id(), first.id()}), boost::test_tools::per_element());
    BOOST_TEST(listed("external_reference=order-1") == ids{first.id()}, boost::test_tools::per_element());
    BOOST_TEST(listed("metadata_key=channel&metadata_value=web") == ids{first.id()}, boost::test_tools::per_element());
    BOOST_TEST(listed("metadata_key=channel&metadata_value=shop").empty());
    BOOST_TEST(listed("state=pending") == ids{second.id()}, boost::test_tools::per_element());
    BOOST_TEST(listed("state=voided").empty());
    BOOST_TEST(listed("state=posted&account_id=" + made.id()) == ids{first.id()}, boost::test_tools::per_element());
    const auto middle = reply::text_of(second.data(), "recorded_at");
    BOOST_TEST(listed("to=" + middle) == ids{first.id()}, boost::test_tools::per_element());
    BOOST_TEST(listed("from=" + middle) == (ids{third, second.id()}), boost::test_tools::per_element());
    BOOST_TEST(
        listed("from=" + middle + "&account_id=" + made.id()) == ids{second.id()}, boost::test_tools::per_element());
    BOOST_TEST(by.get(list_path("account_id=" + made.id() + "&customer_id=" + customer)).code() == "VALIDATION_FAILED");
    BOOST_TEST(by.get(list_path("metadata_key=channel")).code() == "VALIDATION_FAILED");
}

BOOST_AUTO_TEST_CASE(of_another_organization_there_are_none) {
    books of;
    books others;
    auto by = others.connect();
    const auto wallet = of.wallet();
    const auto id = of.transfer(of.world(), wallet, 10);
    BOOST_TEST(by.get(std::string{transfers_path} + "/" + id).status == 404U);
    BOOST_TEST(by.post(std::string{transfers_path} + "/" + id + "/reverse").status == 404U);
    BOOST_TEST(all_ids(by, "account_id=" + wallet).empty());
    BOOST_TEST(by.post(transfers_path, transfer_body(others.world(), wallet, 1)).code() == "NOT_FOUND");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(transfer_batch_requests)

BOOST_AUTO_TEST_CASE(each_stands_for_itself_and_is_answered_in_its_place) {
    books of;
    auto by = of.connect();
    const auto wallet = of.wallet(5);
    const auto body = batch_body(
        {transfer_body(of.world(), wallet, 10), transfer_body(wallet, of.world(), 100),
         transfer_body(wallet, wallet, 1), transfer_body(wallet, of.world(), 15)});
    const auto key = fresh_key();
    const auto made = by.post("/api/v1/transfers/batch", body, key);
    BOOST_REQUIRE_EQUAL(made.status, 200U);
    BOOST_TEST(status_at(made, 0) == 201);
    BOOST_TEST(status_at(made, 1) == 422);
    BOOST_TEST(status_at(made, 2) == 422);
    BOOST_TEST(status_at(made, 3) == 201);
    BOOST_TEST(of.posted(wallet) == 0);

    const auto again = by.post("/api/v1/transfers/batch", body, key);
    BOOST_REQUIRE_EQUAL(again.status, 200U);
    for (const std::size_t place : {0U, 3U}) {
        const auto& before = made.data().as_array().at(place).at("transfer");
        BOOST_TEST((again.data().as_array().at(place).at("transfer") == before));
        BOOST_TEST(again.data().as_array().at(place).at("replayed").as_bool());
    }
    BOOST_TEST(of.posted(wallet) == 0);
    const auto other = by.post("/api/v1/transfers/batch", batch_body({transfer_body(of.world(), wallet, 1)}), key);
    BOOST_TEST(other.code() == "IDEMPOTENCY_KEY_REUSED");
    BOOST_TEST(of.broken() == "");
}

BOOST_AUTO_TEST_CASE(an_atomic_one_happens_whole_or_not_at_all) {
    books of;
    auto by = of.connect();
    const auto wallet = of.wallet();
    const std::vector<std::string> fine{transfer_body(of.world(), wallet, 10), transfer_body(wallet, of.world(), 4)};
    auto bad = fine;
    bad.push_back(transfer_body(wallet, of.world(), 7));
    const auto refused = by.post("/api/v1/transfers/batch", batch_body(bad, true));
    BOOST_TEST(refused.status == 422U);
    BOOST_TEST(refused.code() == "INSUFFICIENT_FUNDS");
    BOOST_TEST(refused.text.find("/transfers/2/debit_account_id") != std::string::npos);
    BOOST_TEST(of.posted(wallet) == 0);
    const auto key = fresh_key();
    BOOST_TEST(by.post("/api/v1/transfers/batch", batch_body(fine, true), key).status == 200U);
    BOOST_TEST(by.post("/api/v1/transfers/batch", batch_body(fine, true), key).status == 200U);
    BOOST_TEST(of.posted(wallet) == 6);
    BOOST_TEST(of.broken() == "");
}

BOOST_AUTO_TEST_CASE(thousands_in_one_request) {
    books of;
    auto by = of.connect();
    const auto wallet = of.wallet();
    const std::vector<std::string> many(3000, transfer_body(of.world(), wallet, 2));
    const auto made = by.post("/api/v1/transfers/batch", batch_body(many));
    BOOST_REQUIRE_EQUAL(made.status, 200U);
    BOOST_TEST(made.data().as_array().size() == 3000U);
    BOOST_TEST(of.posted(wallet) == 6000);
    BOOST_TEST(of.broken() == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(transfer_expiry)

BOOST_AUTO_TEST_CASE(an_overdue_hold_is_let_go) {
    books of;
    auto by = of.connect();
    const auto wallet = of.wallet(50);
    const auto soon = of.query(
        "select to_char((now() + interval '1 second') at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    const auto held = by.post(
        transfers_path, transfer_body(wallet, of.world(), 50, R"(,"pending":true,"expires_at":")" + soon + "\""));
    BOOST_REQUIRE_EQUAL(held.status, 201U);
    const auto path = std::string{transfers_path} + "/" + held.id();
    wait_for([&] { return reply::text_of(by.get(path).data(), "state") == "expired"; });
    BOOST_TEST(by.post(path + "/post").code() == "INVALID_STATE");
    BOOST_TEST(by.post(transfers_path, transfer_body(wallet, of.world(), 50)).status == 201U);
    BOOST_TEST(of.broken() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests
