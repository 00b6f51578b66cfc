#include "tests/integration/handlers/desk.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::tenant_isolation_test {

BOOST_AUTO_TEST_SUITE(tenant_isolation)

BOOST_AUTO_TEST_CASE(another_organizations_rows_do_not_exist) {
    auto owner = new_organization();
    auto stranger = new_organization();
    const auto customer = owner.customer("Secret");
    const auto ticket = owner.ticket(customer);
    const auto customer_path = "/api/v1/customers/" + customer;
    const auto path = "/api/v1/tickets/" + ticket;
    const auto comment = owner.post(path + "/comments", R"({"author":"A","body":"B"})");
    BOOST_REQUIRE(comment.status == 201U);

    const std::vector<reply> answers{
        stranger.get(customer_path),
        stranger.patch(customer_path, "*", R"({"name":"Mine"})"),
        stranger.remove(customer_path, "*"),
        stranger.get(path),
        stranger.get(path + "?include=comments"),
        stranger.patch(path, "*", R"({"subject":"Mine"})"),
        stranger.remove(path, "*"),
        stranger.post(path + "/resolve"),
        stranger.post(path + "/reopen"),
        stranger.get(path + "/comments"),
        stranger.post(path + "/comments", R"({"author":"A","body":"B"})"),
        stranger.get(comment.location),
        stranger.get(path + "/activity"),
        stranger.post("/api/v1/tickets", ticket_body(customer)),
    };
    for (std::size_t i = 0; i < answers.size(); ++i) {
        BOOST_TEST(answers[i].status == 404U, i);
        BOOST_TEST(answers[i].code() == "NOT_FOUND", i);
    }
    for (const auto& list :
         {std::string{"/api/v1/tickets"}, "/api/v1/tickets?customer_id=" + customer,
          std::string{"/api/v1/tickets?text=payout"}, std::string{"/api/v1/customers"},
          std::string{"/api/v1/customers?text=secret"}})
        BOOST_TEST(stranger.get(list).data().as_array().empty(), list);

    const auto untouched = owner.get(path);
    BOOST_TEST(untouched.etag == "\"1\"");
    BOOST_TEST(owner.get(customer_path).etag == "\"1\"");
    // A ticket and a comment that are both there, but not that comment of that ticket.
    const auto other = owner.ticket(customer);
    BOOST_TEST(owner.get("/api/v1/tickets/" + other + "/comments/" + comment.id()).status == 404U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::tenant_isolation_test
