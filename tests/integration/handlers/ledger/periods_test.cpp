// Periods by HTTP: listed, read, closed in their order and once.
#include "tests/integration/handlers/ledger/books.hpp"
#include "tests/support/ledger_history.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::periods_test {

namespace {

// An organization with entries that take effect at the given times.
caller books_of(const std::vector<std::string>& effective) {
    auto& at = the_deployment();
    const auto [org, key] = at.create_org("Books");
    at.postgres().query(ledger_history_sql);
    const auto debit = at.postgres().query("select test_account('" + org + "', 'asset')");
    const auto credit = at.postgres().query("select test_account('" + org + "', 'liability')");
    for (const auto& time : effective)
        at.postgres().query(
            "select test_transfer('" + org + "', '" + debit + "', '" + credit + "', 5, now(), '" + time + "')");
    return caller{key};
}

std::string months_of(const reply& list) {
    std::string out;
    for (const auto& each : list.data().as_array())
        out += reply::text_of(each, "month") + " " + reply::text_of(each, "status") + ";";
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(period_routes)

BOOST_AUTO_TEST_CASE(months_are_closed_in_their_order) {
    auto desk = books_of({"2026-01-10T00:00:00Z", "2026-03-10T00:00:00Z"});
    const auto early = desk.post("/api/v1/periods/2026-03/close");
    BOOST_TEST(early.status == 422U);
    BOOST_TEST(early.code() == "INVALID_STATE");
    BOOST_TEST(early.text.find("close 2026-01 first") != std::string::npos);

    const auto open = desk.get("/api/v1/periods/2026-01");
    BOOST_TEST(open.status == 200U);
    BOOST_TEST(reply::text_of(open.data(), "status") == "open");
    BOOST_TEST(open.data().at("closed_at").is_null());

    const auto first = desk.post("/api/v1/periods/2026-01/close");
    BOOST_TEST(first.status == 200U, first.text);
    BOOST_TEST(reply::text_of(first.data(), "status") == "closed");
    BOOST_TEST(first.etag != open.etag);
    // The empty month between goes with it, and needs no row for that.
    const auto third = desk.post("/api/v1/periods/2026-03/close");
    BOOST_TEST(third.status == 200U);
    BOOST_TEST(months_of(desk.get("/api/v1/periods")) == "2026-03 closed;2026-01 closed;");
    const auto between = desk.get("/api/v1/periods/2026-02");
    BOOST_REQUIRE(between.status == 200U);
    BOOST_TEST(reply::text_of(between.data(), "month") == "2026-02");
    BOOST_TEST(reply::text_of(between.data(), "status") == "closed");
    BOOST_TEST(between.data().at("closed_at") == third.data().at("closed_at"));
    BOOST_TEST(desk.post("/api/v1/periods/2026-02/close").text == between.text);
    BOOST_TEST(months_of(desk.get("/api/v1/periods")) == "2026-03 closed;2026-01 closed;");
}

BOOST_AUTO_TEST_CASE(closing_again_changes_nothing) {
    auto desk = books_of({"2026-01-10T00:00:00Z"});
    const auto first = desk.post("/api/v1/periods/2026-01/close");
    const auto again = desk.post("/api/v1/periods/2026-01/close");
    BOOST_TEST(again.status == 200U);
    BOOST_TEST(again.text == first.text);
    BOOST_TEST(again.etag == first.etag);
    BOOST_TEST(desk.get("/api/v1/periods/2026-01").text == first.text);
}

BOOST_AUTO_TEST_CASE(a_month_that_is_not_over_stays_open) {
    auto desk = books_of({});
    const auto now = the_deployment().postgres().query("select to_char(now() at time zone 'UTC', 'YYYY-MM')");
    for (const auto& month : {now, std::string{"9998-12"}}) {
        const auto refused = desk.post("/api/v1/periods/" + month + "/close");
        BOOST_TEST(refused.status == 422U);
        BOOST_TEST(refused.code() == "INVALID_STATE");
    }
    BOOST_TEST(desk.get("/api/v1/periods/" + now).status == 404U);
    // Nothing may be dated back before the start: closed without entries.
    BOOST_TEST(desk.post("/api/v1/periods/2020-12/close").status == 200U);
    BOOST_TEST(months_of(desk.get("/api/v1/periods")) == "2020-12 closed;");
}

BOOST_AUTO_TEST_CASE(a_closed_period_accepts_no_effective_time_in_it) {
    books of;
    auto by = of.connect();
    const auto wallet = of.wallet();
    const auto backdated = [&](const char* time) {
        return transfer_body(of.world(), wallet, 5, std::string{R"(,"effective_at":")"} + time + "\"");
    };
    BOOST_TEST(by.post(transfers_path, backdated("2026-01-10T00:00:00Z")).status == 201U);
    BOOST_TEST(by.post("/api/v1/periods/2026-01/close").status == 200U);
    BOOST_TEST(by.post(transfers_path, backdated("2026-01-31T23:59:59.999999Z")).code() == "PERIOD_CLOSED");
    BOOST_TEST(by.post(transfers_path, backdated("2026-02-01T00:00:00Z")).status == 201U);
    BOOST_TEST(by.post(transfers_path, transfer_body(of.world(), wallet, 5)).status == 201U);
    BOOST_TEST(of.posted(wallet) == 15);
}

BOOST_AUTO_TEST_CASE(what_is_no_month_does_not_exist) {
    auto desk = books_of({});
    for (const auto* month : {"2026", "2026-13", "2026-1", "0000-01", "1899-12", "2026-01-01", "x", "20260-1"}) {
        BOOST_TEST(desk.get(std::string{"/api/v1/periods/"} + month).status == 404U, month);
        BOOST_TEST(desk.post(std::string{"/api/v1/periods/"} + month + "/close").status == 404U, month);
    }
}

BOOST_AUTO_TEST_CASE(the_list_goes_page_by_page) {
    auto desk = books_of({"2026-01-10T00:00:00Z", "2026-02-10T00:00:00Z", "2026-03-10T00:00:00Z"});
    const auto first = desk.get("/api/v1/periods?limit=2");
    BOOST_TEST(months_of(first) == "2026-03 open;2026-02 open;");
    const auto rest = desk.get("/api/v1/periods?limit=2&cursor=" + first.next_cursor());
    BOOST_TEST(months_of(rest) == "2026-01 open;");
    BOOST_TEST(rest.next_cursor() == "");
    BOOST_TEST(desk.get("/api/v1/periods?cursor=x").code() == "INVALID_CURSOR");
}

BOOST_AUTO_TEST_CASE(closing_needs_its_own_permission) {
    auto& at = the_deployment();
    const auto org = at.create_org("Books").first;
    auto key = at.command({"key", "create", "--org", org, "--name", "w", "--permissions", "ledger:read,ledger:write"});
    caller writer{key.substr(0, key.find('\n'))};
    BOOST_TEST(writer.get("/api/v1/periods").status == 200U);
    BOOST_TEST(writer.post("/api/v1/periods/2026-01/close").code() == "PERMISSION_DENIED");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::periods_test
