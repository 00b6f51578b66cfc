#include "tests/integration/handlers/desk.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

namespace bursar::tests::open_ticket_limit_test {

namespace {

std::string counted_for(const std::string& customer) {
    return the_deployment().postgres().query("select open_tickets from customers where id = '" + customer + "'");
}

} // namespace

BOOST_AUTO_TEST_SUITE(open_ticket_limit)

BOOST_AUTO_TEST_CASE(holds_when_fifty_come_at_once) {
    const auto key = the_deployment().create_org("Busy").second;
    caller org{key};
    const auto customer = org.customer();
    const auto outcomes =
        at_once(key, 50, [&](caller& one, int) { return one.post("/api/v1/tickets", ticket_body(customer)); });
    const std::map<std::string, int> expected{{"201", 10}, {"422OPEN_TICKET_LIMIT", 40}};
    BOOST_TEST((outcomes == expected));
    for (const auto& [outcome, times] : outcomes)
        BOOST_TEST_MESSAGE(outcome << ": " << times);
    BOOST_TEST(
        org.get("/api/v1/tickets?status=open&limit=100&customer_id=" + customer).data().as_array().size() == 10U);
    BOOST_TEST(counted_for(customer) == "10");
}

BOOST_AUTO_TEST_CASE(resolving_and_deleting_give_back_and_reopening_takes) {
    auto org = new_organization();
    const auto customer = org.customer();
    std::vector<std::string> paths;
    for (int i = 0; i < 10; ++i)
        paths.push_back("/api/v1/tickets/" + org.ticket(customer));
    const auto full = [&] { return org.post("/api/v1/tickets", ticket_body(customer)).code(); };
    BOOST_TEST(full() == "OPEN_TICKET_LIMIT");
    BOOST_TEST(org.post(paths[0] + "/resolve").status == 200U);
    BOOST_TEST(counted_for(customer) == "9");
    BOOST_TEST(full() == "");
    BOOST_TEST(org.post(paths[0] + "/reopen").code() == "OPEN_TICKET_LIMIT");
    BOOST_TEST(org.remove(paths[1], "*").status == 204U);
    BOOST_TEST(org.post(paths[0] + "/reopen").status == 200U);
    BOOST_TEST(full() == "OPEN_TICKET_LIMIT");
    BOOST_TEST(org.post(paths[2] + "/resolve").status == 200U);
    // A resolved ticket holds no place that its deletion could give back.
    BOOST_TEST(org.remove(paths[2], "*").status == 204U);
    BOOST_TEST(counted_for(customer) == "9");
}

BOOST_AUTO_TEST_CASE(one_ticket_is_resolved_once_however_many_try) {
    const auto key = the_deployment().create_org("Eager").second;
    caller org{key};
    const auto customer = org.customer();
    const auto path = "/api/v1/tickets/" + org.ticket(customer);
    org.ticket(customer);
    const std::map<std::string, int> expected{{"200", 1}, {"422INVALID_STATE", 19}};
    BOOST_TEST((at_once(key, 20, [&](caller& one, int) { return one.post(path + "/resolve"); }) == expected));
    BOOST_TEST(counted_for(customer) == "1");
    BOOST_TEST((at_once(key, 20, [&](caller& one, int) { return one.post(path + "/reopen"); }) == expected));
    BOOST_TEST(counted_for(customer) == "2");
}

BOOST_AUTO_TEST_CASE(of_many_updates_from_one_version_one_wins) {
    const auto key = the_deployment().create_org("Hasty").second;
    caller org{key};
    const auto path = "/api/v1/tickets/" + org.ticket(org.customer());
    const auto outcomes = at_once(key, 20, [&](caller& one, int i) {
        return one.patch(path, "\"1\"", R"({"subject":"Attempt )" + std::to_string(i) + "\"}");
    });
    const std::map<std::string, int> expected{{"200", 1}, {"412PRECONDITION_FAILED", 19}};
    BOOST_TEST((outcomes == expected));
    BOOST_TEST(org.get(path).etag == "\"2\"");
}

BOOST_AUTO_TEST_CASE(comments_are_numbered_without_gaps_while_others_come) {
    const auto key = the_deployment().create_org("Chatty").second;
    caller org{key};
    const auto path = "/api/v1/tickets/" + org.ticket(org.customer());
    const auto outcomes = at_once(key, 20, [&](caller& one, int i) {
        return one.post(path + "/comments", R"({"author":"A","body":")" + std::to_string(i) + "\"}");
    });
    BOOST_TEST((outcomes == std::map<std::string, int>{{"201", 20}}));
    const auto activity = org.get(path + "/activity?limit=100");
    BOOST_TEST(activity.data().as_array().size() == 21U);
    BOOST_TEST(activity.data().at(0).at("number").as_int64() == 21);
    BOOST_TEST(org.get(path + "?include=comments").etag == "\"1.20\"");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::open_ticket_limit_test
