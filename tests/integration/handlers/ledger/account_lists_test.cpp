#include "tests/integration/handlers/ledger/ledger.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::account_lists_test {

namespace {

using strings = std::vector<std::string>;

strings ids_of(const reply& list) {
    strings out;
    for (const auto& each : list.data().as_array())
        out.push_back(reply::text_of(each, "id"));
    return out;
}

struct made {
    std::string id, type, currency, status, customer, code;
};

// Newest first: one of each kind that the filters tell apart.
std::vector<made> all_kinds(caller& org, const strings& customers) {
    std::vector<made> all;
    for (std::size_t i = 0; i < 24; ++i) {
        made one;
        one.type = (i & 1U) != 0 ? "asset" : "liability";
        one.currency = (i & 2U) != 0 ? "EUR" : "USD";
        one.customer = customers[(i >> 2U) & 1U];
        one.status = i < 8 ? "open" : i < 16 ? "frozen" : "closed";
        one.code = "code-" + std::to_string(i);
        const auto more = R"(,"code":")" + one.code + R"(","customer_id":")" + one.customer + '"';
        one.id = open_account(org, one.type, more, one.currency);
        if (one.status != "open")
            BOOST_REQUIRE(
                org.post("/api/v1/accounts/" + one.id + (one.status == "frozen" ? "/freeze" : "/close")).status ==
                200U);
        all.insert(all.begin(), one);
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(accounts_lists)

BOOST_AUTO_TEST_CASE(filter_by_every_combination) {
    auto org = new_organization();
    const strings customers{org.customer(), org.customer()};
    const auto all = all_kinds(org, customers);
    const strings statuses{"", "open", "frozen", "closed"};
    for (unsigned filters = 0; filters < 64; ++filters) {
        const auto& status = statuses[filters / 16];
        const auto given = [&](unsigned bit) { return (filters & bit) != 0; };
        strings expected;
        for (const auto& one : all)
            if ((status.empty() || one.status == status) && (!given(1) || one.type == "asset") &&
                (!given(2) || one.currency == "EUR") && (!given(4) || one.customer == customers[1]) &&
                (!given(8) || one.code == "code-15"))
                expected.push_back(one.id);
        std::string path = "/api/v1/accounts?limit=100";
        path += status.empty() ? "" : "&status=" + status;
        path += given(1) ? "&type=asset" : "";
        path += given(2) ? "&currency=EUR" : "";
        path += given(4) ? "&customer_id=" + customers[1] : "";
        path += given(8) ? "&code=code-15" : "";
        const auto found = org.get(path);
        BOOST_REQUIRE_MESSAGE(found.status == 200, path << found.text);
        BOOST_TEST(ids_of(found) == expected, path);
    }
    for (const auto* wrong : {"type=cash", "status=pending", "currency=euro", "customer_id=x", "code=", "name=x"})
        BOOST_TEST(org.get(std::string{"/api/v1/accounts?"} + wrong).code() == "VALIDATION_FAILED", wrong);
}

BOOST_AUTO_TEST_CASE(go_on_where_a_page_ended_while_others_arrive) {
    auto org = new_organization();
    strings expected;
    for (int i = 0; i < 10; ++i)
        expected.insert(expected.begin(), open_account(org));
    strings seen;
    std::string cursor;
    do {
        const auto page =
            org.get("/api/v1/accounts?limit=3&type=liability" + (cursor.empty() ? "" : "&cursor=" + cursor));
        BOOST_REQUIRE_MESSAGE(page.status == 200, page.text);
        for (const auto& id : ids_of(page))
            seen.push_back(id);
        cursor = page.next_cursor();
        open_account(org);
    } while (!cursor.empty());
    BOOST_TEST(seen == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(refuse_a_cursor_of_another_list) {
    auto org = new_organization();
    open_account(org, "asset");
    open_account(org, "asset");
    const auto cursor = org.get("/api/v1/accounts?limit=1&type=asset&currency=EUR").next_cursor();
    BOOST_REQUIRE(!cursor.empty());
    BOOST_TEST(org.get("/api/v1/accounts?limit=9&currency=EUR&type=asset&cursor=" + cursor).status == 200U);
    for (const auto* path :
         {"accounts?", "accounts?type=asset", "accounts?type=asset&currency=USD", "accounts?type=asset&code=EUR",
          "accounts?type=asset&currency=EUR&status=open", "customers?"})
        BOOST_TEST(org.get("/api/v1/" + std::string{path} + "&cursor=" + cursor).code() == "INVALID_CURSOR", path);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(accounts_of_another_organization)

BOOST_AUTO_TEST_CASE(do_not_exist) {
    auto owner = new_organization();
    auto stranger = new_organization();
    const auto account = open_account(owner, "liability", R"(,"code":"secret")");
    const auto own = open_account(stranger, "asset");
    const auto path = "/api/v1/accounts/" + account;
    const auto batch = R"({"account_ids":[")" + own + R"(",")" + account + R"("]})";
    const std::vector<reply> answers{
        stranger.get(path),
        stranger.patch(path, "*", R"({"name":"Mine"})"),
        stranger.post(path + "/freeze"),
        stranger.post(path + "/unfreeze"),
        stranger.post(path + "/close"),
        stranger.get(path + "/balance"),
        stranger.get(path + "/balance?at=2026-01-01T00:00:00Z"),
        stranger.post("/api/v1/accounts/balances", batch, ""),
    };
    for (std::size_t i = 0; i < answers.size(); ++i) {
        BOOST_TEST(answers[i].status == 404U, i);
        BOOST_TEST(answers[i].code() == "NOT_FOUND", i);
    }
    BOOST_TEST(ids_of(stranger.get("/api/v1/accounts")) == strings{own});
    for (const auto* filter : {"code=secret", "type=liability", "currency=EUR&type=liability"})
        BOOST_TEST(ids_of(stranger.get(std::string{"/api/v1/accounts?"} + filter)).empty(), filter);
    BOOST_TEST(owner.get(path).etag == "\"1\"");
    BOOST_TEST(reply::text_of(owner.get(path).data(), "status") == "open");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::account_lists_test
