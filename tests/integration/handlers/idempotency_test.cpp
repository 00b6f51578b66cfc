#include "tests/integration/handlers/ledger/open_transaction.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

namespace bursar::tests::idempotency_test {

BOOST_AUTO_TEST_SUITE(idempotent_posts)

BOOST_AUTO_TEST_CASE(a_repeated_request_gets_the_stored_answer) {
    auto org = new_organization();
    const auto body = ticket_body(org.customer());
    const auto key = fresh_key();
    const auto first = org.post("/api/v1/tickets", body, key);
    const auto again = org.post("/api/v1/tickets", body, key);
    BOOST_TEST(first.status == 201U);
    BOOST_TEST(!first.replayed);
    BOOST_TEST(again.status == 201U);
    BOOST_TEST(again.replayed);
    BOOST_TEST(again.text == first.text);
    BOOST_TEST(again.etag == first.etag);
    BOOST_TEST(again.location == first.location);
    BOOST_TEST(org.get("/api/v1/tickets").data().as_array().size() == 1U);
}

BOOST_AUTO_TEST_CASE(repeats_one_after_the_other_are_not_in_each_others_way) {
    auto org = new_organization();
    const auto body = ticket_body(org.customer());
    const auto key = fresh_key();
    const auto first = org.post("/api/v1/tickets", body, key);
    for (int i = 0; i < 200; ++i) {
        const auto again = org.post("/api/v1/tickets", body, key);
        BOOST_REQUIRE_MESSAGE(again.replayed && again.text == first.text, again.text);
    }
}

BOOST_AUTO_TEST_CASE(a_refusal_is_repeated_too) {
    auto org = new_organization();
    const auto path = "/api/v1/tickets/" + org.ticket(org.customer());
    const auto key = fresh_key();
    BOOST_TEST(org.post(path + "/reopen", {}, key).code() == "INVALID_STATE");
    BOOST_TEST(org.post(path + "/resolve").status == 200U);
    const auto again = org.post(path + "/reopen", {}, key);
    BOOST_TEST(again.code() == "INVALID_STATE");
    BOOST_TEST(again.replayed);
    BOOST_TEST(reply::text_of(org.get(path).data(), "status") == "resolved");
}

BOOST_AUTO_TEST_CASE(a_request_that_was_wrong_is_corrected_under_its_key) {
    auto org = new_organization();
    const auto key = fresh_key();
    const auto with_currency = [&](const std::string& code) {
        return org.post("/api/v1/accounts", R"({"name":"A","type":"asset","currency":")" + code + R"("})", key);
    };
    BOOST_TEST(with_currency("QQQ").code() == "VALIDATION_FAILED");
    BOOST_TEST(!with_currency("QQQ").replayed);
    const auto made = with_currency("EUR");
    BOOST_TEST(made.status == 201U);
    BOOST_TEST(with_currency("EUR").text == made.text);
    BOOST_TEST(with_currency("QQQ").code() == "IDEMPOTENCY_KEY_REUSED");
}

BOOST_AUTO_TEST_CASE(a_verb_replays_what_it_answered) {
    auto org = new_organization();
    const auto path = "/api/v1/tickets/" + org.ticket(org.customer());
    const auto key = fresh_key();
    const auto first = org.post(path + "/resolve", {}, key);
    const auto again = org.post(path + "/resolve", {}, key);
    BOOST_TEST(first.status == 200U);
    BOOST_TEST(again.text == first.text);
    BOOST_TEST(again.replayed);
}

BOOST_AUTO_TEST_CASE(a_key_serves_one_request_of_one_organization) {
    auto org = new_organization();
    const auto customer = org.customer();
    const auto key = fresh_key();
    BOOST_TEST(org.post("/api/v1/tickets", ticket_body(customer), key).status == 201U);
    const auto other = org.post("/api/v1/tickets", ticket_body(customer, R"(,"priority":"low")"), key);
    BOOST_TEST(other.status == 422U);
    BOOST_TEST(other.code() == "IDEMPOTENCY_KEY_REUSED");
    auto elsewhere = new_organization();
    BOOST_TEST(elsewhere.post("/api/v1/tickets", ticket_body(elsewhere.customer()), key).status == 201U);
}

BOOST_AUTO_TEST_CASE(a_request_still_running_is_not_run_again) {
    const auto api_key = the_deployment().create_org("Slow").second;
    caller org{api_key};
    const auto customer = org.customer();
    const auto key = fresh_key();
    reply first;
    std::thread waiting;
    {
        const open_transaction lock{"select from customers where id = '" + customer + "' for update"};
        waiting = std::thread{[&] {
            caller one{api_key};
            first = one.post("/api/v1/tickets", ticket_body(customer), key);
        }};
        the_deployment().postgres().wait_until("select count(*) > 0 from pg_locks where not granted", "t");
        const auto second = org.post("/api/v1/tickets", ticket_body(customer), key);
        BOOST_TEST(second.status == 409U);
        BOOST_TEST(second.code() == "IDEMPOTENCY_IN_FLIGHT");
    }
    waiting.join();
    BOOST_TEST(first.status == 201U);
    BOOST_TEST(org.post("/api/v1/tickets", ticket_body(customer), key).text == first.text);
}

BOOST_AUTO_TEST_CASE(a_key_is_asked_for) {
    auto org = new_organization();
    const auto path = "/api/v1/tickets/" + org.ticket(org.customer());
    for (const auto* post : {"/resolve", "/reopen"})
        BOOST_TEST(org.post(path + post, "{}", "").code() == "IDEMPOTENCY_KEY_MISSING", post);
    BOOST_TEST(org.post(path + "/comments", R"({"body":"B"})", "").code() == "IDEMPOTENCY_KEY_MISSING");
    BOOST_TEST(org.post("/api/v1/customers", R"({"name":"A"})", "").code() == "IDEMPOTENCY_KEY_MISSING");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::idempotency_test
