#include "tests/integration/handlers/desk.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::ticket_life_test {

namespace {

std::string path_of(const std::string& ticket) {
    return "/api/v1/tickets/" + ticket;
}

std::vector<std::string> kinds_of(const reply& activity) {
    std::vector<std::string> out;
    for (const auto& each : activity.data().as_array())
        out.push_back(reply::text_of(each, "kind"));
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(customers_by_http)

BOOST_AUTO_TEST_CASE(are_created_read_changed_and_deleted) {
    auto org = new_organization();
    const auto made = org.post(
        "/api/v1/customers",
        R"({"name":"Ada","email":"Ada@Example.com","external_reference":"crm-1","metadata":{"plan":"gold","seats":3}})");
    BOOST_REQUIRE_MESSAGE(made.status == 201, made.text);
    const auto path = "/api/v1/customers/" + made.id();
    BOOST_TEST(made.location == path);
    BOOST_TEST(made.etag == "\"1\"");

    const auto read = org.get(path);
    BOOST_TEST(read.status == 200U);
    BOOST_TEST(read.etag == made.etag);
    BOOST_TEST(read.data() == made.data());

    const auto changed =
        org.patch(path, read.etag, R"({"name":"Ada King","email":null,"metadata":{"seats":null,"x":1}})");
    BOOST_REQUIRE_MESSAGE(changed.status == 200, changed.text);
    BOOST_TEST(changed.etag == "\"2\"");
    BOOST_TEST(reply::text_of(changed.data(), "name") == "Ada King");
    BOOST_TEST(changed.data().at("email").is_null());
    BOOST_TEST((changed.data().at("metadata") == boost::json::value{{"plan", "gold"}, {"x", 1}}));

    BOOST_TEST(org.patch(path, read.etag, R"({"name":"Late"})").code() == "PRECONDITION_FAILED");
    const auto unchanged = org.patch(path, changed.etag, "{}");
    BOOST_TEST(unchanged.status == 200U);
    BOOST_TEST(unchanged.etag == changed.etag);

    BOOST_TEST(org.remove(path, read.etag).code() == "PRECONDITION_FAILED");
    BOOST_TEST(org.remove(path, changed.etag).status == 204U);
    BOOST_TEST(org.get(path).status == 404U);
    BOOST_TEST(org.remove(path, "*").status == 404U);
}

BOOST_AUTO_TEST_CASE(an_external_reference_belongs_to_one_customer_at_a_time) {
    auto org = new_organization();
    const auto first = org.post("/api/v1/customers", R"({"name":"A","external_reference":"r1"})");
    BOOST_REQUIRE(first.status == 201U);
    const auto second = org.post("/api/v1/customers", R"({"name":"B","external_reference":"r1"})");
    BOOST_TEST(second.status == 409U);
    BOOST_TEST(second.code() == "CONFLICT");
    const auto other = org.post("/api/v1/customers", R"({"name":"B","external_reference":"r2"})");
    const auto other_path = "/api/v1/customers/" + other.id();
    BOOST_TEST(org.patch(other_path, "*", R"({"external_reference":"r1"})").code() == "CONFLICT");
    BOOST_TEST(org.remove("/api/v1/customers/" + first.id(), "*").status == 204U);
    BOOST_TEST(org.patch(other_path, "*", R"({"external_reference":"r1"})").status == 200U);
    auto elsewhere = new_organization();
    BOOST_TEST(elsewhere.post("/api/v1/customers", R"({"name":"C","external_reference":"r1"})").status == 201U);
}

BOOST_AUTO_TEST_CASE(stay_while_their_tickets_are_open) {
    auto org = new_organization();
    const auto customer = org.customer();
    const auto ticket = org.ticket(customer);
    BOOST_TEST(org.remove("/api/v1/customers/" + customer, "*").code() == "CONFLICT");
    BOOST_TEST(org.post(path_of(ticket) + "/resolve").status == 200U);
    BOOST_TEST(org.remove("/api/v1/customers/" + customer, "*").status == 204U);
    BOOST_TEST(org.get(path_of(ticket)).status == 200U);
    BOOST_TEST(org.post(path_of(ticket) + "/reopen").code() == "INVALID_STATE");
    BOOST_TEST(org.post("/api/v1/tickets", ticket_body(customer)).status == 404U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ticket_life)

BOOST_AUTO_TEST_CASE(from_creation_to_deletion) {
    auto org = new_organization();
    const auto customer = org.customer();
    const auto made = org.post(
        "/api/v1/tickets",
        ticket_body(customer, R"(,"priority":"high","subject_resource":{"type":"payout","id":"p1"})"));
    BOOST_REQUIRE_MESSAGE(made.status == 201, made.text);
    const auto path = path_of(made.id());
    BOOST_TEST(made.location == path);
    BOOST_TEST(made.etag == "\"1\"");
    BOOST_TEST(reply::text_of(made.data(), "status") == "open");
    BOOST_TEST(reply::text_of(made.data().at("subject_resource"), "type") == "payout");
    BOOST_TEST(org.get(path).data() == made.data());

    const auto assignee = org.member();
    const auto patched = org.patch(path, made.etag, R"({"priority":"critical","assignee_id":")" + assignee + "\"}");
    BOOST_REQUIRE_MESSAGE(patched.status == 200, patched.text);
    BOOST_TEST(patched.etag == "\"2\"");
    BOOST_TEST(reply::text_of(patched.data(), "assignee_id") == assignee);
    const auto same = org.patch(path, patched.etag, R"({"priority":"critical"})");
    BOOST_TEST(same.etag == patched.etag);

    const auto comment = org.post(path + "/comments", R"({"author":"Grace","body":"On it.","visibility":"internal"})");
    BOOST_REQUIRE_MESSAGE(comment.status == 201, comment.text);
    BOOST_TEST(org.get(comment.location).data() == comment.data());

    const auto resolved = org.post(path + "/resolve");
    BOOST_REQUIRE_MESSAGE(resolved.status == 200, resolved.text);
    BOOST_TEST(reply::text_of(resolved.data(), "status") == "resolved");
    BOOST_TEST(!resolved.data().at("resolved_at").is_null());
    BOOST_TEST(org.post(path + "/resolve").code() == "INVALID_STATE");
    const auto reopened = org.post(path + "/reopen");
    BOOST_TEST(reply::text_of(reopened.data(), "status") == "open");
    BOOST_TEST(reopened.data().at("resolved_at").is_null());
    BOOST_TEST(org.post(path + "/reopen").code() == "INVALID_STATE");

    const auto activity = org.get(path + "/activity");
    const std::vector<std::string> told{"reopened", "resolved", "commented", "updated", "created"};
    BOOST_TEST(kinds_of(activity) == told, boost::test_tools::per_element());
    std::int64_t number = 5;
    for (const auto& each : activity.data().as_array())
        BOOST_TEST(each.at("number").as_int64() == number--);
    const auto& changes = activity.data().at(3).at("changes");
    BOOST_TEST((changes.at("priority") == boost::json::value{{"from", "high"}, {"to", "critical"}}), activity.text);
    BOOST_TEST(!changes.as_object().contains("subject"));
    BOOST_TEST(reply::text_of(activity.data().at(2).at("changes"), "comment_id") == comment.id());

    BOOST_TEST(org.remove(path, patched.etag).code() == "PRECONDITION_FAILED");
    BOOST_TEST(org.remove(path, reopened.etag).status == 204U);
    for (const auto* below : {"", "/comments", "/activity"})
        BOOST_TEST(org.get(path + below).status == 404U);
    BOOST_TEST(org.post(path + "/resolve").status == 404U);
    BOOST_TEST(org.post(path + "/comments", R"({"author":"A","body":"B"})").status == 404U);
}

BOOST_AUTO_TEST_CASE(of_two_updates_from_one_version_one_wins) {
    auto org = new_organization();
    const auto path = path_of(org.ticket(org.customer()));
    const auto etag = org.get(path).etag;
    const auto first = org.patch(path, etag, R"({"subject":"First"})");
    const auto second = org.patch(path, etag, R"({"subject":"Second"})");
    BOOST_TEST(first.status == 200U);
    BOOST_TEST(second.status == 412U);
    BOOST_TEST(second.code() == "PRECONDITION_FAILED");
    BOOST_TEST(reply::text_of(org.get(path).data(), "subject") == "First");
}

BOOST_AUTO_TEST_CASE(comments_change_the_tag_of_what_includes_them_and_no_other) {
    auto org = new_organization();
    const auto path = path_of(org.ticket(org.customer()));
    const auto plain = org.get(path);
    const auto full = org.get(path + "?include=comments");
    BOOST_TEST(!plain.data().as_object().contains("comments"));
    BOOST_TEST(full.data().at("comments").as_array().empty());
    BOOST_TEST(org.post(path + "/comments", R"({"author":"A","body":"B"})").status == 201U);
    BOOST_TEST(org.get(path).etag == plain.etag);
    const auto after = org.get(path + "?include=comments");
    BOOST_TEST(after.etag != full.etag);
    BOOST_TEST(after.data().at("comments").as_array().size() == 1U);
    BOOST_TEST(org.patch(path, after.etag, R"({"subject":"S"})").status == 200U);
}

BOOST_AUTO_TEST_CASE(conditions_are_asked_for) {
    auto org = new_organization();
    const auto path = path_of(org.ticket(org.customer()));
    BOOST_TEST(org.patch(path, "", R"({"subject":"S"})").code() == "PRECONDITION_REQUIRED");
    BOOST_TEST(org.remove(path, "").code() == "PRECONDITION_REQUIRED");
    BOOST_TEST(org.patch(path, "*", R"({"subject":"S"})").status == 200U);
}

BOOST_AUTO_TEST_CASE(who_works_on_a_ticket_is_a_member) {
    auto org = new_organization();
    const auto customer = org.customer();
    const auto member = org.member();
    const auto stranger = new_organization().member();
    const auto refuses = [](const reply& answer) {
        BOOST_TEST(answer.status == 422U, answer.text);
        BOOST_TEST(answer.code() == "VALIDATION_FAILED", answer.text);
        BOOST_TEST(
            answer.text.find(R"("/assignee_id","message":"is no member of the organization")") != std::string::npos);
    };
    const auto ticket = path_of(org.ticket(customer, R"(,"assignee_id":")" + member + '"'));
    for (const auto& nobody : {stranger, fresh_key(), customer}) {
        refuses(org.post("/api/v1/tickets", ticket_body(customer, R"(,"assignee_id":")" + nobody + '"')));
        refuses(org.patch(ticket, "*", R"({"assignee_id":")" + nobody + "\"}"));
    }
    BOOST_TEST(reply::text_of(org.get(ticket).data(), "assignee_id") == member);
    BOOST_TEST(org.patch(ticket, "*", R"({"assignee_id":null})").status == 200U);
    BOOST_TEST(org.patch(ticket, "*", R"({"assignee_id":")" + member + "\"}").status == 200U);
}

// A program speaks for somebody, or for itself.
BOOST_AUTO_TEST_CASE(a_comment_of_a_key_that_names_nobody_is_the_keys) {
    auto org = new_organization();
    const auto path = path_of(org.ticket(org.customer())) + "/comments";
    const auto own = org.post(path, R"({"body":"B"})");
    BOOST_REQUIRE_MESSAGE(own.status == 201U, own.text);
    BOOST_TEST(!reply::text_of(own.data(), "author").empty());
    BOOST_TEST(
        the_deployment().postgres().query(
            "select count(*) from api_keys where name = '" + reply::text_of(own.data(), "author") + "'") != "0");
    BOOST_TEST(org.get(own.location).data() == own.data());
    BOOST_TEST(reply::text_of(org.post(path, R"({"author":"Ada","body":"B"})").data(), "author") == "Ada");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_body_is_said_at_once) {
    auto org = new_organization();
    const auto customer = org.customer();
    const auto wrong = org.post("/api/v1/tickets", R"({"subject":"","priority":"urgent","x":1})");
    BOOST_TEST(wrong.status == 422U);
    BOOST_TEST(wrong.code() == "VALIDATION_FAILED");
    BOOST_TEST(wrong.body.at("error").at("fields").as_array().size() == 5U);
    // What cannot be read is told from what can.
    for (const auto* text : {"{", "[]x", R"({"subject":"a","subject":"b"})", "nul", R"({"subject":"\ud800"})"})
        BOOST_TEST(org.post("/api/v1/tickets", text).status == 400U, text);
    for (const auto* text : {"[]", "null", R"({"subject":1.5})", R"({"subject":1e400})"})
        BOOST_TEST(org.post("/api/v1/tickets", text).status == 422U, text);
    for (const auto* query : {"text=%zz", "text=%FF", "text=%00", "%zz=1"}) {
        const auto refused = org.get("/api/v1/tickets?" + std::string{query});
        BOOST_TEST(refused.status == 400U, query);
        BOOST_TEST(refused.code() == "MALFORMED_REQUEST", query);
    }
    BOOST_TEST(org.get("/api/v1/me?a=%zz").status == 400U);
    BOOST_TEST(org.get("/api/v1/me?a=1").status == 422U);
    BOOST_TEST(org.get("/api/v1/tickets/not-an-id").status == 404U);
    BOOST_TEST(org.get("/api/v1/tickets?limit=0").code() == "VALIDATION_FAILED");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::ticket_life_test
