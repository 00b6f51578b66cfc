#include "tests/integration/handlers/ledger/ledger.hpp"
#include "tests/support/account_history.hpp"
#include "tests/support/not_printed.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

namespace bursar::tests::trial_balance_test {

namespace {

// Of each currency: debits, credits, and the same of each type with the number of accounts.
using sums = numbers_by_name;

struct books {
    books()
        : books(the_deployment().create_org("Books")) {}

    reply page(const std::string& query = {}) {
        auto answer = org.get("/api/v1/trial-balance" + (query.empty() ? "" : "?" + query));
        BOOST_REQUIRE_MESSAGE(answer.status == 200, answer.text);
        return answer;
    }

    // As if the accounts had been made then.
    void make_older(const std::string& at) const {
        history.query("update accounts set created_at = '" + at + "' where org_id = '" + id + "'");
    }

    std::string id;
    caller org;
    account_history history;

private:
    explicit books(const std::pair<std::string, std::string>& made)
        : id(made.first)
        , org(made.second)
        , history(the_deployment().postgres(), made.first) {}
};

sums sums_of(const reply& page) {
    sums out;
    for (const auto& total : page.data().at("totals").as_array()) {
        const auto currency = reply::text_of(total, "currency");
        out[currency] = {total.at("debits").as_int64(), total.at("credits").as_int64()};
        for (const auto& type : total.at("types").as_array())
            out[currency + " " + reply::text_of(type, "type")] = {
                type.at("accounts").as_int64(), type.at("debits").as_int64(), type.at("credits").as_int64()};
    }
    return out;
}

// Debit less credit of each account, by its id.
std::map<std::string, std::int64_t> rows_of(const reply& page) {
    std::map<std::string, std::int64_t> out;
    for (const auto& row : page.data().at("accounts").as_array()) {
        BOOST_TEST((row.at("debit").as_int64() == 0 || row.at("credit").as_int64() == 0));
        out[reply::text_of(row, "id")] = row.at("debit").as_int64() - row.at("credit").as_int64();
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(trial_balance)

BOOST_AUTO_TEST_CASE(shows_each_side_by_currency_and_type) {
    books of;
    const auto bank = of.history.account("asset", "Bank", "1000");
    const auto wallet = of.history.account("liability", "Wallet", "2000");
    const auto overdrawn = of.history.account("liability", "Overdrawn");
    const auto fees = of.history.account("income", "Fees", "4000");
    const auto idle = of.history.account("expense", "Idle");
    const auto dollars = of.history.account("asset", "Dollars", {}, "USD");
    const auto owner = of.history.account("equity", "Owner", {}, "USD");
    of.history.write(
        {{"2026-01-03 10:00Z", {{bank, wallet, 1000}, {overdrawn, fees, 30}}},
         {"2026-01-04 10:00Z", {{dollars, owner, 500}}},
         {.at = "2026-01-05 10:00Z", .legs = {{bank, wallet, 70}}, .held = true}});
    const auto page = of.page();
    BOOST_TEST(
        (sums_of(page) ==
         sums{
             {"EUR", {1030, 1030}},
             {"EUR asset", {1, 1000, 0}},
             {"EUR liability", {2, 30, 1000}},
             {"EUR income", {1, 0, 30}},
             {"EUR expense", {1, 0, 0}},
             {"USD", {500, 500}},
             {"USD asset", {1, 500, 0}},
             {"USD equity", {1, 0, 500}}}),
        page.text);
    BOOST_TEST(
        (rows_of(page) ==
         std::map<std::string, std::int64_t>{
             {bank, 1000}, {wallet, -1000}, {overdrawn, 30}, {fees, -30}, {idle, 0}, {dollars, 500}, {owner, -500}}));
    for (const auto& row : page.data().at("accounts").as_array())
        if (reply::text_of(row, "id") == bank)
            BOOST_TEST(
                (row == boost::json::value{
                            {"id", bank},
                            {"name", "Bank"},
                            {"code", "1000"},
                            {"type", "asset"},
                            {"currency", "EUR"},
                            {"debit", 1000},
                            {"credit", 0}}));
    BOOST_TEST(page.next_cursor().empty());
}

BOOST_AUTO_TEST_CASE(of_any_time_before_agrees_with_the_balances_of_then) {
    books of;
    std::vector<std::string> accounts;
    for (const auto* type : {"asset", "liability", "equity", "income", "expense"})
        accounts.push_back(of.history.account(type));
    std::vector<past_transfer> past;
    for (int month = 1; month <= 6; ++month)
        for (int day = 1; day <= 3; ++day) {
            const auto n = static_cast<std::size_t>(month) * 3 + static_cast<std::size_t>(day);
            past.push_back(
                {"2026-0" + std::to_string(month) + "-0" + std::to_string(day) + " 12:00Z",
                 {{accounts[n % 5], accounts[(n * 2 + 1) % 5], static_cast<std::int64_t>(n * n)}}});
            if (past.back().legs[0].debit == past.back().legs[0].credit)
                past.pop_back();
        }
    of.history.write(past);
    of.make_older("2025-12-01");
    for (const std::string at :
         {"2025-12-31T00:00:00Z", "2026-01-01T11:59:59.999999Z", "2026-01-01T12:00:00Z", "2026-01-31T00:00:00Z",
          "2026-03-02T13:00:00Z", "2026-04-01T12:00:00Z", "2026-06-03T12:00:00Z", "2026-09-01T00:00:00Z"}) {
        const auto page = of.page("at=" + at);
        const auto total = sums_of(page).at("EUR");
        BOOST_TEST(total[0] == total[1], at);
        const auto rows = rows_of(page);
        BOOST_TEST(rows.size() == 5U);
        std::int64_t debits = 0;
        for (std::size_t i = 0; i < accounts.size(); ++i) {
            const auto balance = of.org.get("/api/v1/accounts/" + accounts[i] + "/balance?at=" + at);
            BOOST_REQUIRE(balance.status == 200U);
            const auto posted = balance.data().at("posted").as_int64();
            const bool credit_normal = i >= 1 && i <= 3;
            BOOST_TEST(rows.at(accounts[i]) == (credit_normal ? -posted : posted), at << " " << i);
            debits += std::max<std::int64_t>(rows.at(accounts[i]), 0);
        }
        BOOST_TEST(total[0] == debits, at);
    }
    BOOST_TEST((sums_of(of.page()) == sums_of(of.page("at=2026-09-01T00:00:00Z"))));
}

BOOST_AUTO_TEST_CASE(leaves_out_accounts_that_did_not_exist_yet) {
    books of;
    const auto bank = of.history.account("asset");
    const auto wallet = of.history.account("liability");
    const auto late = open_account(of.org, "asset");
    // Their past came later than they did: the rows are younger than their entries.
    of.history.write({{"2026-01-03 10:00Z", {{bank, wallet, 100}}}});
    const auto page = of.page("at=2026-02-01T00:00:00Z");
    BOOST_TEST((rows_of(page) == std::map<std::string, std::int64_t>{{bank, 100}, {wallet, -100}}), page.text);
    BOOST_TEST((sums_of(page).at("EUR asset") == std::vector<std::int64_t>{1, 100, 0}));
    BOOST_TEST(rows_of(of.page("at=2026-01-01T00:00:00Z")).empty());
    BOOST_TEST(rows_of(of.page()).contains(late));
}

BOOST_AUTO_TEST_CASE(pages_are_of_the_time_of_the_first_one) {
    books of;
    std::vector<std::string> accounts;
    for (int i = 0; i < 7; ++i)
        accounts.push_back(of.history.account("asset", "Account " + std::to_string(i)));
    of.make_older("2026-01-01");
    of.history.write({{"2026-01-03 10:00Z", {{accounts[0], accounts[1], 100}, {accounts[2], accounts[6], 50}}}});
    for (const std::string at : {"", "at=2026-05-01T00:00:00Z&"}) {
        auto page = of.page(at + "limit=3");
        BOOST_TEST(page.data().as_object().contains("totals"));
        const auto total = sums_of(page).at("EUR");
        const auto time = page.data().at("at");
        std::int64_t debits = 0;
        std::int64_t credits = 0;
        std::vector<std::string> seen;
        for (;;) {
            for (const auto& row : page.data().at("accounts").as_array()) {
                seen.push_back(reply::text_of(row, "id"));
                debits += row.at("debit").as_int64();
                credits += row.at("credit").as_int64();
            }
            if (page.next_cursor().empty())
                break;
            for (std::size_t i = 0; i + 1 < accounts.size(); ++i)
                transfer({accounts[i + 1], accounts[i], 7});
            page = of.page(at + "limit=3&cursor=" + page.next_cursor());
            BOOST_TEST(!page.data().as_object().contains("totals"));
            BOOST_TEST(page.data().at("at") == time);
        }
        BOOST_TEST(debits == total[0]);
        BOOST_TEST(credits == total[1]);
        std::sort(accounts.begin(), accounts.end());
        BOOST_TEST(seen == accounts, boost::test_tools::per_element());
    }
    const auto cursor = of.page("limit=3").next_cursor();
    for (const auto& other :
         {"at=2026-05-01T00:00:00Z&cursor=" + cursor, "cursor=" + cursor.substr(4), std::string{"cursor=x"}}) {
        const auto refused = of.org.get("/api/v1/trial-balance?" + other);
        BOOST_TEST(refused.status == 422U, other);
        BOOST_TEST(refused.code() == "INVALID_CURSOR", other);
    }
}

BOOST_AUTO_TEST_CASE(is_of_one_organization) {
    books owner;
    books stranger;
    const auto bank = owner.history.account("asset");
    const auto wallet = owner.history.account("liability");
    const auto third = owner.history.account("liability");
    owner.history.write({{"2026-01-03 10:00Z", {{bank, wallet, 100}, {bank, third, 1}}}});
    for (const auto* at : {"", "at=2026-05-01T00:00:00Z"}) {
        const auto page = stranger.page(at);
        BOOST_TEST(sums_of(page).empty());
        BOOST_TEST(page.data().at("accounts").as_array().empty());
    }
    const auto cursor = owner.page("limit=1").next_cursor();
    BOOST_TEST(stranger.page("limit=1&cursor=" + cursor).data().at("accounts").as_array().empty());
}

BOOST_AUTO_TEST_CASE(of_a_time_whose_entries_are_archived_is_gone) {
    books of;
    const auto bank = of.history.account("asset");
    const auto wallet = of.history.account("liability");
    of.history.write({{"2014-01-03 10:00Z", {{bank, wallet, 100}}}, {"2014-02-03 10:00Z", {{bank, wallet, 1}}}});
    of.history.query("alter table entries detach partition entries_2014_01");
    const auto refused = of.org.get("/api/v1/trial-balance?at=2014-01-20T00:00:00Z");
    BOOST_TEST(refused.status == 410U, refused.text);
    BOOST_TEST(refused.code() == "GONE");
    BOOST_TEST((sums_of(of.page("at=2014-02-04T00:00:00Z")).at("EUR") == std::vector<std::int64_t>{101, 101}));
    BOOST_TEST((sums_of(of.page()).at("EUR") == std::vector<std::int64_t>{101, 101}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::trial_balance_test
