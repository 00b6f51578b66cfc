#include "handlers/support/customers/types.hpp"
#include "handlers/support/tickets/types.hpp"
#include "server/schema/schema.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::support_desk_types_test {

using namespace bursar::db::repositories;
namespace schema = bursar::server::schema;
namespace handlers = bursar::handlers;

namespace {

constexpr std::string_view customer_member = R"("customer_id":"01900000-0000-7000-8000-000000000000")";

std::string ticket_body(std::string_view more) {
    return "{" + std::string{customer_member} + R"(,"subject":"s","description":"d")" + std::string{more} + "}";
}

template <class T>
std::vector<std::string> faults(std::string_view body) {
    const auto read = schema::parse<T>(body);
    std::vector<std::string> out;
    if (!read)
        for (const auto& field : read.error().fields)
            out.push_back(field.pointer);
    return out;
}

using pointers = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(support_desk_types)

BOOST_AUTO_TEST_CASE(a_ticket_has_medium_priority_unless_told) {
    const auto plain = schema::parse<new_ticket>(ticket_body(""));
    BOOST_REQUIRE(plain.has_value());
    BOOST_TEST((plain->priority == ticket_priority::medium));
    BOOST_TEST(!plain->subject_resource.has_value());
    const auto full = schema::parse<new_ticket>(
        ticket_body(R"(,"priority":"critical","subject_resource":{"type":"transfer","id":"t-1"})"));
    BOOST_REQUIRE(full.has_value());
    BOOST_TEST((full->priority == ticket_priority::critical));
    BOOST_TEST(full->subject_resource->type == "transfer");
}

BOOST_AUTO_TEST_CASE(every_fault_of_a_ticket_is_named) {
    const auto wrong = "{\"subject\":\"\",\"description\":\"" + std::string(5001, 'x') +
                       R"(","priority":"urgent","assignee_id":"me","subject_resource":{"type":"transfer"},"extra":1})";
    auto named = faults<new_ticket>(wrong);
    std::sort(named.begin(), named.end());
    const pointers expected{"/assignee_id", "/customer_id", "/description",        "/extra",
                            "/priority",    "/subject",     "/subject_resource/id"};
    BOOST_TEST(named == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lengths_count_characters_not_bytes) {
    std::string umlauts;
    for (int i = 0; i < 200; ++i)
        umlauts += "\xc3\xbc";
    const auto body = "{" + std::string{customer_member} + R"(,"description":"d","subject":")";
    BOOST_TEST(schema::parse<new_ticket>(body + umlauts + "\"}").has_value());
    BOOST_TEST((faults<new_ticket>(body + umlauts + "x\"}") == pointers{"/subject"}));
}

BOOST_AUTO_TEST_CASE(a_patch_tells_absence_from_null) {
    const auto absent = schema::parse<ticket_changes>("{}");
    BOOST_REQUIRE(absent.has_value());
    BOOST_TEST(!absent->assignee_id.present());
    const auto cleared = schema::parse<ticket_changes>(R"({"assignee_id":null})");
    BOOST_REQUIRE(cleared.has_value());
    BOOST_TEST(cleared->assignee_id.is_null());
    BOOST_TEST((faults<ticket_changes>(R"({"subject":null})") == pointers{"/subject"}));
    BOOST_TEST((faults<ticket_changes>(R"({"status":"resolved"})") == pointers{"/status"}));
}

BOOST_AUTO_TEST_CASE(customers_need_a_name_and_a_plausible_address) {
    BOOST_TEST(
        (faults<new_customer>(R"({"email":"nobody"})") == pointers{"/email", "/name"} ||
         faults<new_customer>(R"({"email":"nobody"})") == pointers{"/name", "/email"}));
    BOOST_TEST((faults<new_customer>(R"({"name":"  "})") == pointers{"/name"}));
    BOOST_TEST((faults<new_customer>(R"({"name":"A","metadata":[1]})") == pointers{"/metadata"}));
}

BOOST_AUTO_TEST_CASE(comments_are_public_unless_told) {
    const auto read = schema::parse<new_comment>(R"({"author":"Grace","body":"Hello."})");
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST((read->visibility == comment_visibility::public_));
    BOOST_TEST(!schema::parse<new_comment>(R"({"body":"Hello."})").value().author.has_value());
    const auto internal = schema::parse<new_comment>(R"({"author":"G","body":"B","visibility":"internal"})");
    BOOST_REQUIRE(internal.has_value());
    BOOST_TEST((internal->visibility == comment_visibility::internal));
}

BOOST_AUTO_TEST_CASE(a_ticket_shows_comments_only_when_it_has_them) {
    ticket shown;
    shown.subject = "s";
    std::string without;
    schema::render(without, shown);
    BOOST_TEST(without.find("comments") == without.npos);
    BOOST_TEST(without.find(R"("assignee_id":null)") != without.npos);
    BOOST_TEST(without.find("version") == without.npos);
    shown.comments.emplace();
    std::string with;
    schema::render(with, shown);
    BOOST_TEST(with.find(R"("comments":[])") != with.npos);
}

BOOST_AUTO_TEST_CASE(lists_take_filters_and_at_most_a_hundred) {
    using handlers::tickets::list_query;
    const auto plain = schema::parse_query<list_query>("");
    BOOST_REQUIRE(plain.has_value());
    BOOST_TEST(plain->limit == 20);
    const auto full = schema::parse_query<list_query>("status=open&priority=high&text=a+b&include=comments&limit=100");
    BOOST_REQUIRE(full.has_value());
    BOOST_TEST(full->text.value() == "a b");
    for (const auto* wrong : {"limit=0", "limit=101", "limit=x", "status=pending", "include=everything", "sort=asc"})
        BOOST_TEST(!schema::parse_query<list_query>(wrong).has_value(), wrong);
}

// Names are kept so, and found so.
BOOST_AUTO_TEST_CASE(customers_are_looked_for_as_they_are_kept) {
    using handlers::customers::list_query;
    BOOST_TEST(schema::parse_query<list_query>("text=Zoe%CC%88%C2%A0K").value().text.value() == "Zo\u00eb K");
    BOOST_TEST(!schema::parse_query<list_query>("text=%E2%A0%80").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::support_desk_types_test
