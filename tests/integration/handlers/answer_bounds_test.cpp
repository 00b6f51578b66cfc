// However long the rows of a list are, a page of it has a bound, ends early where it is reached, and nothing is missed.
#include "tests/integration/handlers/desk.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

namespace bursar::tests::answer_bounds_test {

namespace {

constexpr std::size_t most_bytes = 200'000; // 128 KiB of text, and what JSON adds to it here

struct walked {
    std::set<std::string> seen;
    std::size_t rows = 0;
    std::size_t pages = 0;
};

walked walk(caller& org, const std::string& path, const char* name = "id") {
    walked out;
    std::string cursor;
    do {
        const auto page = org.get(path + (cursor.empty() ? "" : "&cursor=" + cursor));
        BOOST_REQUIRE_MESSAGE(page.status == 200, path << page.text.substr(0, 300));
        BOOST_TEST(page.text.size() < most_bytes, path << ": " << page.text.size());
        BOOST_REQUIRE(!page.data().as_array().empty());
        for (const auto& each : page.data().as_array()) {
            const auto& value = each.at(name);
            out.seen.insert(value.is_string() ? reply::text_of(each, name) : std::to_string(value.as_int64()));
            ++out.rows;
        }
        ++out.pages;
        cursor = page.next_cursor();
    } while (!cursor.empty());
    return out;
}

void check(const walked& of, std::size_t rows) {
    BOOST_TEST(of.rows == rows);
    BOOST_TEST(of.seen.size() == rows);
    BOOST_TEST(of.pages > 1U);
    BOOST_TEST(of.pages < rows);
}

void sql(const std::string& text) {
    the_deployment().postgres().query(text);
}

std::string long_metadata() {
    return R"({"text":")" + std::string(8000, 'm') + R"("})";
}

} // namespace

BOOST_AUTO_TEST_SUITE(answer_bounds)

BOOST_AUTO_TEST_CASE(hold_for_tickets_and_what_is_said_under_them) {
    auto org = new_organization();
    const auto ticket = org.ticket(org.customer());
    sql("update tickets set subject = 'Long' where id = '" + ticket + "'");
    sql("insert into tickets (org_id, id, customer_id, subject, description, priority, status, resolved_at, "
        "comment_count) select org_id, gen_random_uuid(), customer_id, 'Long', repeat('dear ', 1000), 'low', "
        "'resolved', "
        "now(), 100 from tickets cross join generate_series(1, 99) where id = '" +
        ticket + "'");
    const auto mine = "(select org_id from tickets where id = '" + ticket + "')";
    sql("insert into ticket_comments (org_id, ticket_id, number, id, actor_id, author, body, visibility) select "
        "t.org_id, t.id, n, gen_random_uuid(), gen_random_uuid(), 'Ada', repeat('c', 5000), 'public' from tickets t "
        "cross join generate_series(1, 100) n where t.org_id = " +
        mine);
    sql("insert into ticket_activity (org_id, ticket_id, number, kind, actor_id, changes) select org_id, id, n + 1, "
        "'updated', gen_random_uuid(), jsonb_build_object('description', repeat('a', 9000)) from tickets cross join "
        "generate_series(1, 99) n where id = '" +
        ticket + "'");
    check(walk(org, "/api/v1/tickets?limit=100"), 100);
    check(walk(org, "/api/v1/tickets?limit=100&include=comments"), 100);
    check(walk(org, "/api/v1/tickets?limit=100&include=comments&text=long"), 100);
    check(walk(org, "/api/v1/tickets/" + ticket + "/comments?limit=100"), 100);
    check(walk(org, "/api/v1/tickets/" + ticket + "/activity?limit=100", "number"), 100);
    const auto one = org.get("/api/v1/tickets/" + ticket + "?include=comments");
    BOOST_TEST(one.text.size() < 600'000U);
    BOOST_TEST(one.data().at("comments").as_array().size() == 100U);
    BOOST_TEST(reply::text_of(one.data().at("comments").as_array().back(), "body").size() == 5000U);
}

BOOST_AUTO_TEST_CASE(show_the_newest_hundred_comments_of_a_ticket) {
    auto org = new_organization();
    const auto ticket = org.ticket(org.customer());
    sql("insert into ticket_comments (org_id, ticket_id, number, id, actor_id, author, body, visibility) select "
        "org_id, id, n, gen_random_uuid(), gen_random_uuid(), 'Ada', n::text, 'public' from tickets "
        "cross join generate_series(1, 120) n where id = '" +
        ticket + "'");
    const auto one = org.get("/api/v1/tickets/" + ticket + "?include=comments");
    const auto& comments = one.data().at("comments").as_array();
    BOOST_REQUIRE(comments.size() == 100U);
    BOOST_TEST(reply::text_of(comments.front(), "body") == "21");
    BOOST_TEST(reply::text_of(comments.back(), "body") == "120");
}

BOOST_AUTO_TEST_CASE(hold_for_whatever_carries_metadata) {
    auto org = new_organization();
    const auto customer = org.post("/api/v1/customers", R"({"name":"Ada","metadata":)" + long_metadata() + "}").id();
    sql("insert into customers (org_id, id, name, metadata) select org_id, gen_random_uuid(), name, metadata from "
        "customers cross join generate_series(1, 99) where id = '" +
        customer + "'");
    check(walk(org, "/api/v1/customers?limit=100"), 100);
    const auto body = [](const char* type) {
        return R"({"name":"A","currency":"EUR","type":")" + std::string{type} + R"(","metadata":)" + long_metadata() +
               "}";
    };
    const auto from = org.post("/api/v1/accounts", body("asset")).id();
    const auto to = org.post("/api/v1/accounts", body("asset")).id();
    sql("insert into accounts (org_id, id, name, type, currency, metadata) select org_id, gen_random_uuid(), name, "
        "type, currency, metadata from accounts cross join generate_series(1, 98) where id = '" +
        from + "'");
    check(walk(org, "/api/v1/accounts?limit=100"), 100);
    std::string batch;
    for (int i = 0; i < 100; ++i)
        batch += (i == 0 ? "{" : ",{") + (R"("debit_account_id":")" + from) + R"(","credit_account_id":")" + to +
                 R"(","amount":1,"metadata":)" + long_metadata() + "}";
    BOOST_REQUIRE(org.post("/api/v1/transfers/batch", R"({"transfers":[)" + batch + "]}").status == 200U);
    check(walk(org, "/api/v1/transfers?limit=100"), 100);
    check(walk(org, "/api/v1/transfers?limit=100&account_id=" + from), 100);
}

BOOST_AUTO_TEST_CASE(hold_for_a_transfer_with_every_leg_it_may_have) {
    auto org = new_organization();
    const auto account = [&] {
        return org.post("/api/v1/accounts", R"({"name":"A","currency":"EUR","type":"asset"})").id();
    };
    const auto from = account();
    const auto to = account();
    std::string legs;
    for (int i = 0; i < 64; ++i)
        legs += (i == 0 ? "" : ",") + (R"({"debit_account_id":")" + from) + R"(","credit_account_id":")" + to +
                R"(","amount":1})";
    const auto one = R"({"legs":[)" + legs + R"(],"description":"All","metadata":)" + long_metadata() + "}";
    for (int i = 0; i < 20; ++i)
        BOOST_REQUIRE(org.post("/api/v1/transfers", one).status == 201U);
    const auto all = walk(org, "/api/v1/transfers?limit=100");
    check(all, 20);
    const auto shown = org.get("/api/v1/transfers/" + *all.seen.begin());
    BOOST_TEST(shown.data().at("legs").as_array().size() == 64U);
    BOOST_TEST(reply::text_of(shown.data(), "description") == "All");
    BOOST_TEST(reply::text_of(shown.data().at("metadata"), "text").size() == 8000U);
    for (int i = 0; i < 20; ++i)
        BOOST_REQUIRE(
            org.post(
                   "/api/v1/scheduled-transfers",
                   one.substr(0, one.size() - 1) + R"(,"run_at":"2035-01-01T00:00:00Z"})")
                .status == 201U);
    check(walk(org, "/api/v1/scheduled-transfers?limit=100"), 20);
}

BOOST_AUTO_TEST_CASE(hold_for_metadata_that_grows_patch_by_patch) {
    auto org = new_organization();
    const auto customer = "/api/v1/customers/" + org.customer();
    const auto account =
        "/api/v1/accounts/" + org.post("/api/v1/accounts", R"({"name":"A","currency":"EUR","type":"asset"})").id();
    for (const auto& path : {customer, account}) {
        const auto patch = [&](const char* name) {
            return org.patch(
                path, "*", R"({"metadata":{")" + std::string{name} + "\":\"" + std::string(7900, 'x') + "\"}}");
        };
        BOOST_TEST(patch("a").status == 200U);
        BOOST_TEST(patch("b").status == 200U);
        const auto refused = patch("c");
        BOOST_TEST(refused.status == 422U);
        BOOST_TEST(refused.text.find("/metadata") != std::string::npos);
        BOOST_TEST(org.get(path).data().at("metadata").as_object().size() == 2U);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::answer_bounds_test
