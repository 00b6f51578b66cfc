#include "tests/integration/handlers/desk.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

namespace bursar::tests::lists_test {

namespace {

std::vector<std::string> ids_of(const reply& list) {
    std::vector<std::string> out;
    for (const auto& each : list.data().as_array())
        out.push_back(reply::text_of(each, "id"));
    return out;
}

// All ids behind `path`, page by page; `between` runs after each page but the last.
template <class Between>
std::vector<std::string> walk(caller& org, const std::string& path, Between between) {
    std::vector<std::string> all;
    const auto joint = path.find('?') == path.npos ? "?" : "&";
    std::string cursor;
    do {
        const auto page = org.get(path + joint + "limit=3" + (cursor.empty() ? "" : "&cursor=" + cursor));
        BOOST_REQUIRE_MESSAGE(page.status == 200, page.text);
        const auto ids = ids_of(page);
        BOOST_TEST(ids.size() <= 3U);
        all.insert(all.end(), ids.begin(), ids.end());
        cursor = page.next_cursor();
        if (!cursor.empty())
            between();
    } while (!cursor.empty());
    return all;
}

std::vector<std::string> walk(caller& org, const std::string& path) {
    return walk(org, path, [] {});
}

using strings = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(lists)

BOOST_AUTO_TEST_CASE(show_each_row_once_while_others_arrive) {
    auto org = new_organization();
    strings expected;
    for (int i = 0; i < 10; ++i)
        expected.insert(expected.begin(), org.ticket(org.customer()));
    const auto seen = walk(org, "/api/v1/tickets", [&] { org.ticket(org.customer()); });
    BOOST_TEST(seen == expected, boost::test_tools::per_element());
    BOOST_TEST(walk(org, "/api/v1/tickets").size() == 13U);
}

BOOST_AUTO_TEST_CASE(filter_by_every_combination) {
    auto org = new_organization();
    const strings customers{org.customer(), org.customer()};
    const strings assignees{org.member(), org.member()};
    const strings priorities{"low", "critical"};
    struct made {
        std::string id, status, priority, customer, assignee;
    };
    std::vector<made> all;
    for (std::size_t i = 0; i < 16; ++i) {
        made one;
        one.customer = customers[i & 1U];
        one.assignee = assignees[(i >> 1U) & 1U];
        one.priority = priorities[(i >> 2U) & 1U];
        one.status = i < 8 ? "resolved" : "open";
        one.id =
            org.ticket(one.customer, R"(,"assignee_id":")" + one.assignee + R"(","priority":")" + one.priority + '"');
        if (i < 8)
            BOOST_REQUIRE(org.post("/api/v1/tickets/" + one.id + "/resolve").status == 200U);
        all.insert(all.begin(), one);
    }
    for (unsigned filters = 0; filters < 64; ++filters) {
        std::string path = "/api/v1/tickets?include=comments";
        if ((filters & 32U) == 0)
            path = "/api/v1/tickets?limit=100";
        strings expected;
        for (const auto& one : all)
            if (((filters & 1U) == 0 || one.status == "open") && ((filters & 2U) == 0 || one.priority == "critical") &&
                ((filters & 4U) == 0 || one.customer == customers[0]) &&
                ((filters & 8U) == 0 || one.assignee == assignees[1]))
                expected.push_back(one.id);
        path += (filters & 1U) != 0 ? "&status=open" : "";
        path += (filters & 2U) != 0 ? "&priority=critical" : "";
        path += (filters & 4U) != 0 ? "&customer_id=" + customers[0] : "";
        path += (filters & 8U) != 0 ? "&assignee_id=" + assignees[1] : "";
        path += (filters & 16U) != 0 ? "&text=payout+arrived" : "";
        const auto found = org.get(path);
        BOOST_REQUIRE_MESSAGE(found.status == 200, path << found.text);
        BOOST_TEST(ids_of(found) == expected, path);
    }
}

BOOST_AUTO_TEST_CASE(refuse_a_cursor_of_another_list) {
    auto org = new_organization();
    const auto customer = org.customer();
    for (int i = 0; i < 3; ++i)
        org.ticket(customer);
    const auto cursor = org.get("/api/v1/tickets?limit=1&status=open").next_cursor();
    BOOST_REQUIRE(!cursor.empty());
    BOOST_TEST(org.get("/api/v1/tickets?limit=2&include=comments&status=open&cursor=" + cursor).status == 200U);
    for (const auto& path :
         {"/api/v1/tickets?cursor=" + cursor, "/api/v1/tickets?status=resolved&cursor=" + cursor,
          "/api/v1/tickets?status=open&text=x&cursor=" + cursor, "/api/v1/customers?cursor=" + cursor,
          std::string{"/api/v1/tickets?cursor=abc"}}) {
        const auto refused = org.get(path);
        BOOST_TEST(refused.status == 422U, path);
        BOOST_TEST(refused.code() == "INVALID_CURSOR", path);
    }
}

BOOST_AUTO_TEST_CASE(find_words_among_the_newest_and_far_behind_them) {
    auto org = new_organization();
    const auto customer = org.customer();
    const auto old = org.ticket(customer, R"(,"priority":"low")");
    BOOST_REQUIRE(org.patch("/api/v1/tickets/" + old, "*", R"({"description":"A zebra crossed."})").status == 200U);
    // More rows than the walk through the newest looks at, put there by SQL: no one would wait for as many requests.
    auto& postgres = the_deployment().postgres();
    postgres.query(
        "insert into tickets (org_id, id, customer_id, subject, description, priority, status, resolved_at) "
        "select org_id, gen_random_uuid(), customer_id, 'Bulk', 'Nothing to see', 'low', 'resolved', now() "
        "from tickets cross join generate_series(1, 2500) where id = '" +
        old + "'");
    // Random ids are above those of this century.
    postgres.query(
        "update tickets set id = overlay(id::text placing 'f' from 1 for 1)::uuid where customer_id = '" + customer +
        "' and subject = 'Bulk'");
    BOOST_TEST(ids_of(org.get("/api/v1/tickets?text=zebra")) == strings{old});
    BOOST_TEST(ids_of(org.get("/api/v1/tickets?text=zebra&include=comments&priority=low")) == strings{old});
    BOOST_TEST(ids_of(org.get("/api/v1/tickets?text=ZEBRA+crossed&status=open")) == strings{old});
    BOOST_TEST(ids_of(org.get("/api/v1/tickets?text=zebra&status=resolved")).empty());
    BOOST_TEST(ids_of(org.get("/api/v1/tickets?text=elephant")).empty());
    BOOST_TEST(ids_of(org.get("/api/v1/tickets?text=%22crossed+zebra%22")).empty());
    BOOST_TEST(ids_of(org.get("/api/v1/tickets?text=nothing&limit=100")).size() == 100U);
    // Every page of what many rows hold, across the border between the walk and the index.
    std::set<std::string> seen;
    std::string cursor;
    std::size_t rows = 0;
    do {
        const auto page =
            org.get("/api/v1/tickets?text=nothing&limit=100" + (cursor.empty() ? "" : "&cursor=" + cursor));
        for (const auto& id : ids_of(page))
            rows += seen.insert(id).second ? 1U : 0U;
        cursor = page.next_cursor();
    } while (!cursor.empty());
    BOOST_TEST(rows == 2500U);
}

BOOST_AUTO_TEST_CASE(of_comments_go_on_from_the_oldest) {
    auto org = new_organization();
    const auto path = "/api/v1/tickets/" + org.ticket(org.customer());
    strings expected;
    for (int i = 0; i < 7; ++i)
        expected.push_back(org.post(path + "/comments", R"({"author":"A","body":"B"})").id());
    const auto seen = walk(org, path + "/comments", [&] {
        if (expected.size() == 7)
            expected.push_back(org.post(path + "/comments", R"({"author":"A","body":"late"})").id());
    });
    BOOST_TEST(seen == expected, boost::test_tools::per_element());
    const auto other = "/api/v1/tickets/" + org.ticket(org.customer());
    const auto cursor = org.get(path + "/comments?limit=1").next_cursor();
    BOOST_TEST(org.get(other + "/comments?cursor=" + cursor).code() == "INVALID_CURSOR");
    BOOST_TEST(org.get(path + "/activity?cursor=" + cursor).code() == "INVALID_CURSOR");
}

BOOST_AUTO_TEST_CASE(include_the_newest_comments_oldest_first) {
    auto org = new_organization();
    const auto ticket = org.ticket(org.customer());
    const auto quiet = org.ticket(org.customer());
    const auto path = "/api/v1/tickets/" + ticket;
    for (int i = 1; i <= 103; ++i)
        BOOST_REQUIRE(
            org.post(path + "/comments", R"({"author":"A","body":")" + std::to_string(i) + "\"}").status == 201U);
    const auto check = [](const boost::json::value& shown, int expected) {
        const auto& comments = shown.at("comments").as_array();
        BOOST_TEST(comments.size() == static_cast<std::size_t>(104 - expected));
        BOOST_TEST(shown.at("comment_count").as_int64() == 103);
        for (const auto& each : comments)
            BOOST_TEST(reply::text_of(each, "body") == std::to_string(expected++));
    };
    check(org.get(path + "?include=comments").data(), 4);
    const auto list = org.get("/api/v1/tickets?include=comments");
    BOOST_REQUIRE(ids_of(list) == (strings{quiet, ticket}));
    BOOST_TEST(list.data().at(0).at("comments").as_array().empty());
    check(list.data().at(1), 101);
    BOOST_TEST(!org.get(path).data().as_object().contains("comment_count"));
}

BOOST_AUTO_TEST_CASE(of_customers_filter_and_page) {
    auto org = new_organization();
    strings all;
    for (int i = 0; i < 7; ++i) {
        const auto n = std::to_string(i);
        const auto made = org.post(
            "/api/v1/customers", R"({"name":"Customer )" + n + R"(","email":"C)" + n +
                                     R"(@example.com","external_reference":"r-)" + n + R"("})");
        all.insert(all.begin(), made.id());
    }
    BOOST_TEST(walk(org, "/api/v1/customers") == all, boost::test_tools::per_element());
    BOOST_TEST(ids_of(org.get("/api/v1/customers?email=c3%40EXAMPLE.com")) == strings{all[3]});
    BOOST_TEST(ids_of(org.get("/api/v1/customers?external_reference=r-6")) == strings{all[0]});
    BOOST_TEST(ids_of(org.get("/api/v1/customers?external_reference=r-6&text=customer")) == strings{all[0]});
    BOOST_TEST(walk(org, "/api/v1/customers?text=customer") == all, boost::test_tools::per_element());
    BOOST_TEST(ids_of(org.get("/api/v1/customers?text=nobody")).empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::lists_test
