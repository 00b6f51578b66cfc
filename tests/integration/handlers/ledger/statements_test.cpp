#include "tests/integration/handlers/ledger/ledger.hpp"
#include "tests/support/account_history.hpp"
#include "tests/support/not_printed.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <numeric>
#include <sstream>

namespace bursar::tests::statements_test {

namespace {

using strings = std::vector<std::string>;
using numbers = number_list;

// An organization whose accounts can be given a past.
struct books {
    books()
        : books(the_deployment().create_org("Books & Sons")) {}

    std::string statement(const std::string& account, const std::string& query = {}) const {
        return "/api/v1/accounts/" + account + "/statement" + (query.empty() ? "" : "?" + query);
    }

    reply page(const std::string& account, const std::string& query = {}) {
        auto answer = org.get(statement(account, query));
        BOOST_REQUIRE_MESSAGE(answer.status == 200, answer.text);
        return answer;
    }

    // The whole in another form than JSON.
    http_answer whole(const std::string& account, const std::string& media_type, const std::string& query = {}) const {
        http_client client{the_deployment().port()};
        return client.request(
            "GET", statement(account, query), {{"Authorization", "Bearer " + key}, {"Accept", media_type}});
    }

    std::string key;
    caller org;
    account_history history;

private:
    explicit books(const std::pair<std::string, std::string>& made)
        : key(made.second)
        , org(made.second)
        , history(the_deployment().postgres(), made.first) {}
};

numbers ends_of(const reply& page) {
    const auto& opening = page.data().at("opening");
    const auto& closing = page.data().at("closing");
    return {
        opening.at("posted").as_int64(), opening.at("seq").as_int64(), closing.at("posted").as_int64(),
        closing.at("seq").as_int64()};
}

// One member of each line.
numbers of_lines(const reply& page, std::string_view member) {
    numbers out;
    for (const auto& line : page.data().at("lines").as_array())
        out.push_back(line.at(member).as_int64());
    return out;
}

strings lines_of(const std::string& text) {
    strings out;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);)
        out.push_back(line);
    return out;
}

std::string code_of(const http_answer& refused) {
    return reply::text_of(boost::json::parse(refused.body).at("error"), "code");
}

constexpr auto all_forms = {"application/json", "text/csv", "application/x-ndjson", "text/html"};

} // namespace

BOOST_AUTO_TEST_SUITE(statements)

BOOST_AUTO_TEST_CASE(show_what_moved_the_balance_in_its_normal_direction) {
    books of;
    const auto wallet = of.history.account("liability", "Wallet", "w-1");
    const auto bank = of.history.account("asset", "Bank");
    of.history.write(
        {{"2026-03-01 10:00Z", {{bank, wallet, 1000}}, "Top-up", "order-1", "2026-02-28 23:00Z"},
         {.at = "2026-03-01 11:00Z", .legs = {{wallet, bank, 300}}, .held = true},
         {"2026-03-01 12:00Z", {{wallet, bank, 250}}}});
    const auto page = of.page(wallet);
    BOOST_TEST((ends_of(page) == numbers{0, 0, 750, 3}), page.text);
    BOOST_TEST((of_lines(page, "seq") == numbers{1, 3}), page.text);
    BOOST_TEST((of_lines(page, "amount") == numbers{1000, -250}));
    BOOST_TEST((of_lines(page, "balance") == numbers{1000, 750}));
    BOOST_TEST((of_lines(of.page(bank), "amount") == numbers{1000, -250}));
    const auto& account = page.data().at("account");
    BOOST_TEST(
        (account ==
         boost::json::value{
             {"id", wallet}, {"name", "Wallet"}, {"code", "w-1"}, {"type", "liability"}, {"currency", "EUR"}}));
    const auto& first = page.data().at("lines").at(0);
    BOOST_TEST(reply::text_of(first, "description") == "Top-up");
    BOOST_TEST(reply::text_of(first, "external_reference") == "order-1");
    BOOST_TEST(reply::text_of(first, "recorded_at") == "2026-03-01T10:00:00.000000Z");
    BOOST_TEST(reply::text_of(first, "effective_at") == "2026-02-28T23:00:00.000000Z");
    BOOST_TEST(
        (first.at("counterparty") == boost::json::value{{"id", bank}, {"name", "Bank"}, {"code", nullptr}}), page.text);
    BOOST_TEST(
        reply::text_of(first, "transfer_id") ==
        of.history.query(
            "select id from transfers where description = 'Top-up' and account_ids @> array['" + wallet + "'::uuid]"));
    BOOST_TEST(reply::text_of(page.data(), "from") == "2026-03-01T10:00:00.000000Z");
    // As the balance says it.
    BOOST_TEST(of.org.get("/api/v1/accounts/" + wallet + "/balance").data().at("posted").as_int64() == 750);
}

BOOST_AUTO_TEST_CASE(name_the_other_side_of_each_leg) {
    books of;
    const auto wallet = of.history.account("liability", "Wallet");
    const auto bank = of.history.account("asset", "Bank");
    const auto fees = of.history.account("income", "Fees");
    of.history.write(
        {{"2026-03-01 10:00Z", {{bank, wallet, 1000}, {wallet, fees, 35}, {bank, fees, 5}}},
         {"2026-03-01 10:00Z", {{wallet, bank, 100}, {bank, wallet, 1}}}});
    strings others;
    const auto page = of.page(wallet);
    for (const auto& line : page.data().at("lines").as_array())
        others.push_back(reply::text_of(line.at("counterparty"), "name"));
    BOOST_TEST(others == (strings{"Bank", "Fees", "Bank", "Bank"}), boost::test_tools::per_element());
    BOOST_TEST((of_lines(page, "amount") == numbers{1000, -35, -100, 1}));
}

BOOST_AUTO_TEST_CASE(hold_what_was_recorded_from_their_start_to_before_their_end) {
    books of;
    const auto wallet = of.history.account("liability");
    const auto bank = of.history.account("asset");
    of.history.write(
        {{"2025-12-31 23:59:59.999999Z", {{bank, wallet, 1}}},
         {"2026-01-01 00:00Z", {{bank, wallet, 10}}},
         {"2026-01-31 23:59:59.999999Z", {{bank, wallet, 100}}},
         {"2026-02-01 00:00Z", {{bank, wallet, 1000}}},
         {"2026-04-07 08:00Z", {{wallet, bank, 10000}}}});
    struct expectation {
        std::string query;
        numbers ends, amounts;
    };
    const std::vector<expectation> all{
        {"", {0, 0, -8889, 5}, {1, 10, 100, 1000, -10000}},
        {"from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z", {1, 1, 111, 3}, {10, 100}},
        {"from=2026-01-01T00:00:00.000001Z&to=2026-02-01T00:00:00.000001Z", {11, 2, 1111, 4}, {100, 1000}},
        {"from=2026-02-01T00:00:00%2B01:00&to=2026-04-07T10:00:00%2B02:00", {11, 2, 1111, 4}, {100, 1000}},
        {"to=2026-01-01T00:00:00Z", {0, 0, 1, 1}, {1}},
        {"from=2026-02-01T00:00:00Z", {111, 3, -8889, 5}, {1000, -10000}},
        {"from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z", {1111, 4, 1111, 4}, {}},
        {"from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", {1, 1, 1, 1}, {}},
        {"from=2026-05-01T00:00:00Z", {-8889, 5, -8889, 5}, {}},
        {"to=2099-01-01T00:00:00Z", {0, 0, -8889, 5}, {1, 10, 100, 1000, -10000}},
        {"from=2098-01-01T00:00:00Z&to=2099-01-01T00:00:00Z", {-8889, 5, -8889, 5}, {}},
        {"to=2020-01-01T00:00:00Z", {0, 0, 0, 0}, {}},
        {"from=2019-01-01T00:00:00Z&to=2020-01-01T00:00:00Z", {0, 0, 0, 0}, {}}};
    for (const auto& each : all) {
        const auto page = of.page(wallet, each.query);
        BOOST_TEST((ends_of(page) == each.ends), each.query << " " << page.text);
        BOOST_TEST((of_lines(page, "amount") == each.amounts), each.query << " " << page.text);
        BOOST_TEST(page.next_cursor().empty());
        // The same as a stream: opening, lines, closing.
        const auto objects = lines_of(of.whole(wallet, "application/x-ndjson", each.query).body);
        BOOST_REQUIRE_MESSAGE(objects.size() == each.amounts.size() + 2, each.query);
        const auto opening = boost::json::parse(objects.front());
        const auto closing = boost::json::parse(objects.back());
        BOOST_TEST(
            (numbers{
                 opening.at("posted").as_int64(), opening.at("seq").as_int64(), closing.at("posted").as_int64(),
                 closing.at("seq").as_int64()} == each.ends));
        // A range that lies ahead is one of now, whenever that was.
        if (each.query.find("from") != each.query.npos && each.query.find("to") != each.query.npos &&
            each.query.find("from=2098") == each.query.npos) {
            BOOST_TEST(opening.at("from") == page.data().at("from"));
            BOOST_TEST(opening.at("to") == page.data().at("to"));
        }
    }
    const auto backwards = of.org.get(of.statement(wallet, "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z"));
    BOOST_TEST(backwards.status == 422U);
    BOOST_TEST(backwards.code() == "VALIDATION_FAILED");
}

BOOST_AUTO_TEST_CASE(of_an_account_without_entries_are_empty) {
    books of;
    const auto wallet = open_account(of.org);
    const auto page = of.page(wallet);
    BOOST_TEST((ends_of(page) == numbers{0, 0, 0, 0}));
    BOOST_TEST(page.data().at("lines").as_array().empty());
    const auto made = of.org.get("/api/v1/accounts/" + wallet).data();
    BOOST_TEST(page.data().at("from") == made.at("created_at"));
    BOOST_TEST(reply::text_of(page.data(), "to") > reply::text_of(page.data(), "from"));
    BOOST_TEST(lines_of(of.whole(wallet, "text/csv").body).size() == 3U);
    BOOST_TEST(of.whole(wallet, "text/html").body.ends_with("</html>\n"));
}

BOOST_AUTO_TEST_CASE(pages_belong_together_whatever_is_recorded_meanwhile) {
    books of;
    const auto wallet = of.history.account("liability");
    const auto bank = of.history.account("asset");
    std::vector<past_transfer> past;
    for (int i = 1; i <= 10; ++i)
        past.push_back({"2026-0" + std::to_string(1 + i / 4) + "-03 10:00Z", {{bank, wallet, i}}});
    of.history.write(past);
    for (const std::string range : {"", "from=2026-01-01T00:00:00Z", "to=2099-01-01T00:00:00Z"}) {
        const auto first = of.page(wallet, range + (range.empty() ? "" : "&") + "limit=3");
        const auto ends = ends_of(first);
        auto amounts = of_lines(first, "amount");
        auto page = first;
        while (!page.next_cursor().empty()) {
            transfer({bank, wallet, 5});
            page = of.page(wallet, range + (range.empty() ? "" : "&") + "limit=3&cursor=" + page.next_cursor());
            BOOST_TEST((ends_of(page) == ends), page.text);
            BOOST_TEST(page.data().at("from") == first.data().at("from"));
            BOOST_TEST(page.data().at("to") == first.data().at("to"));
            const auto more = of_lines(page, "amount");
            BOOST_TEST(more.size() <= 3U);
            amounts.insert(amounts.end(), more.begin(), more.end());
        }
        BOOST_TEST(ends[0] + std::accumulate(amounts.begin(), amounts.end(), std::int64_t{0}) == ends[2]);
        BOOST_TEST(static_cast<std::int64_t>(amounts.size()) == ends[3] - ends[1]);
    }
    // What the range then held is what its own end still holds.
    const auto now = of.page(wallet, "limit=1");
    transfer({bank, wallet, 5});
    BOOST_TEST(
        (ends_of(of.page(wallet, "to=" + reply::text_of(now.data(), "to"))) == ends_of(now)),
        "the end that a statement shows is its end");
}

BOOST_AUTO_TEST_CASE(cursors_are_of_one_statement) {
    books of;
    const auto wallet = of.history.account("liability");
    const auto bank = of.history.account("asset");
    of.history.write({{"2026-01-03 10:00Z", {{bank, wallet, 1}}}, {"2026-01-04 10:00Z", {{bank, wallet, 2}}}});
    const auto cursor = of.page(wallet, "limit=1&from=2026-01-01T00:00:00Z").next_cursor();
    BOOST_REQUIRE(!cursor.empty());
    const auto path = of.statement(wallet, "from=2026-01-01T00:00:00Z&cursor=" + cursor);
    BOOST_TEST((of_lines(of.org.get(path), "amount") == numbers{2}));
    for (const auto& other :
         {of.statement(wallet, "cursor=" + cursor), of.statement(bank, "from=2026-01-01T00:00:00Z&cursor=" + cursor),
          of.statement(wallet, "from=2026-01-02T00:00:00Z&cursor=" + cursor),
          of.statement(wallet, "from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z&cursor=" + cursor),
          of.statement(wallet, "from=2026-01-01T00:00:00Z&cursor=" + cursor.substr(4))}) {
        const auto refused = of.org.get(other);
        BOOST_TEST(refused.status == 422U, other);
        BOOST_TEST(refused.code() == "INVALID_CURSOR", other);
    }
    for (const auto* form : {"text/csv", "application/x-ndjson", "text/html"}) {
        const auto refused = of.whole(wallet, form, "from=2026-01-01T00:00:00Z&cursor=" + cursor);
        BOOST_TEST(refused.status == 422U, form);
        BOOST_TEST(code_of(refused) == "VALIDATION_FAILED", form);
    }
}

BOOST_AUTO_TEST_CASE(another_organizations_account_has_none) {
    books owner;
    books stranger;
    const auto wallet = owner.history.account("liability");
    const auto bank = owner.history.account("asset");
    owner.history.write({{"2026-01-03 10:00Z", {{bank, wallet, 1}}}, {"2026-01-04 10:00Z", {{bank, wallet, 2}}}});
    const auto cursor = owner.page(wallet, "limit=1").next_cursor();
    BOOST_TEST(stranger.org.get(stranger.statement(wallet)).status == 404U);
    BOOST_TEST(stranger.org.get(stranger.statement(wallet, "cursor=" + cursor)).status == 404U);
    for (const auto* form : all_forms) {
        const auto refused = stranger.whole(wallet, form);
        BOOST_TEST(refused.status == 404U, form);
        BOOST_TEST(code_of(refused) == "NOT_FOUND", form);
        BOOST_TEST(owner.whole("not-an-id", form).status == 404U, form);
    }
}

BOOST_AUTO_TEST_CASE(come_in_the_form_that_is_asked_for) {
    books of;
    const auto wallet = of.history.account("liability", "=Wallet", "w,1", "KWD");
    const auto bank = of.history.account("asset", "-Bank, \"the\" one", {}, "KWD");
    of.history.write({{"2026-01-03 10:00Z", {{bank, wallet, 1234567}}, "@Top-up"}});
    for (const auto& [accept, type] : std::map<std::string, std::string>{
             {"*/*", "application/json"},
             {"application/json", "application/json"},
             {"text/csv", "text/csv; charset=utf-8; header=present"},
             {"application/x-ndjson", "application/x-ndjson"},
             {"text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"}}) {
        const auto answer = of.whole(wallet, accept);
        BOOST_TEST(answer.status == 200U, accept);
        BOOST_TEST(answer.complete);
        BOOST_TEST(answer.header("Content-Type").value_or("") == type, accept);
        BOOST_TEST(answer.header("Vary").value_or("").find("Accept") != std::string::npos);
        BOOST_TEST(answer.header("X-Content-Type-Options").value_or("") == "nosniff");
    }
    const auto refused = of.whole(wallet, "application/pdf");
    BOOST_TEST(refused.status == 406U);
    BOOST_TEST(code_of(refused) == "NOT_ACCEPTABLE");

    const auto csv = of.whole(wallet, "text/csv");
    BOOST_TEST(
        csv.header("Content-Disposition").value_or("") ==
        "attachment; filename=\"statement-" + wallet + "-2026-01-03.csv\"");
    const auto rows = lines_of(csv.body);
    BOOST_REQUIRE(rows.size() == 4U);
    BOOST_TEST(rows[2].find(",'@Top-up,,") != std::string::npos, rows[2]);
    BOOST_TEST(rows[2].ends_with(",,\"'-Bank, \"\"the\"\" one\",1234567,1234567,KWD\r"), rows[2]);

    const auto page = of.whole(wallet, "text/html");
    BOOST_TEST(
        page.header("Content-Security-Policy").value_or("").starts_with("default-src 'none'; style-src 'sha256-"));
    BOOST_TEST(page.body.find("Books &amp; Sons") != std::string::npos);
    BOOST_TEST(page.body.find("1,234.567") != std::string::npos);

    http_client client{the_deployment().port()};
    const auto head =
        client.request("HEAD", of.statement(wallet), {{"Authorization", "Bearer " + of.key}, {"Accept", "text/csv"}});
    BOOST_TEST(head.status == 200U);
    BOOST_TEST(client.request("GET", "/livez").status == 200U);
}

BOOST_AUTO_TEST_CASE(count_in_the_places_of_an_asset) {
    books of;
    BOOST_REQUIRE(of.org.post("/api/v1/assets", R"({"code":"GRAIN","name":"Grain","exponent":4})").status == 201U);
    const auto wallet = of.history.account("liability", "Wallet", {}, "GRAIN");
    const auto bank = of.history.account("asset", "Bank", {}, "GRAIN");
    of.history.write({{"2026-01-03 10:00Z", {{bank, wallet, 1234567}}}});
    BOOST_TEST(of.whole(wallet, "text/html").body.find(">123.4567<") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(begin_where_the_entries_do_when_older_ones_are_archived) {
    books of;
    const auto wallet = of.history.account("liability");
    const auto bank = of.history.account("asset");
    const auto old = of.history.account("liability");
    of.history.write(
        {{"2016-01-03 10:00Z", {{bank, wallet, 100}}},
         {"2016-01-04 10:00Z", {{bank, old, 7}}},
         {"2016-02-03 10:00Z", {{wallet, bank, 1}}}});
    of.history.query("alter table entries detach partition entries_2016_01");
    const auto page = of.page(wallet);
    BOOST_TEST((ends_of(page) == numbers{100, 1, 99, 2}), page.text);
    BOOST_TEST((of_lines(page, "amount") == numbers{-1}));
    BOOST_TEST((ends_of(of.page(old)) == numbers{7, 1, 7, 1}));
    BOOST_TEST((ends_of(of.page(old, "from=2016-02-01T00:00:00Z")) == numbers{7, 1, 7, 1}));
    for (const auto* range :
         {"from=2016-01-01T00:00:00Z", "from=2015-01-01T00:00:00Z", "to=2016-02-01T00:00:00Z",
          "from=2016-01-01T00:00:00Z&to=2016-01-04T00:00:00Z"}) {
        const auto refused = of.org.get(of.statement(wallet, range));
        BOOST_TEST(refused.status == 410U, range << refused.text);
        BOOST_TEST(refused.code() == "GONE", range);
    }
    BOOST_TEST(of.whole(old, "text/csv", "from=2016-01-01T00:00:00Z").status == 410U);
}

// As `bursar ledger archive` does it: what the accounts stood at is carried forward.
BOOST_AUTO_TEST_CASE(and_balances_of_after_an_archived_month_are_known) {
    books of;
    const auto wallet = of.history.account("liability");
    const auto bank = of.history.account("asset");
    const auto young = of.history.account("liability");
    of.history.write(
        {{"2009-03-03 10:00Z", {{bank, wallet, 100}}, "Old"},
         {"2009-03-04 10:00Z", {{wallet, bank, 30}}},
         {"2009-05-05 10:00Z", {{bank, wallet, 1}}, "New"},
         {"2009-05-06 10:00Z", {{bank, young, 8}}}});
    const auto transfer = [&](const std::string& description) {
        return of.history.query(
            "select id from transfers where description = '" + description + "' and account_ids @> array['" + wallet +
            "'::uuid]");
    };
    of.history.query(
        "insert into carried_balances select distinct on (account_id) org_id, account_id, recorded_at, seq, balance, "
        "pending_debits, pending_credits from entries_2009_03 order by account_id, recorded_at desc, seq desc; "
        "update accounts set created_at = '2009-01-01' where id in ('" +
        wallet + "', '" + bank + "', '" + young + "'); alter table entries detach partition entries_2009_03");
    const auto balance = [&](const std::string& account, const std::string& at) {
        return of.org.get("/api/v1/accounts/" + account + "/balance?at=" + at);
    };
    // In front of the account's next entry, and so answered by what was carried forward.
    for (const auto* at : {"2009-03-04T10:00:00Z", "2009-04-01T00:00:00Z", "2009-05-05T09:59:59Z"}) {
        const auto then = balance(wallet, at);
        BOOST_REQUIRE_MESSAGE(then.status == 200U, at << then.text);
        BOOST_TEST(then.data().at("posted").as_int64() == 70, at);
        BOOST_TEST(then.data().at("as_of").at("seq").as_int64() == 2, at);
        BOOST_TEST(balance(young, at).data().at("posted").as_int64() == 0, at);
        const auto sums = of.org.get("/api/v1/trial-balance?at=" + std::string{at});
        BOOST_REQUIRE_MESSAGE(sums.status == 200U, at << sums.text);
        BOOST_TEST(sums.data().at("totals").at(0).at("debits").as_int64() == 70, at);
        BOOST_TEST(sums.data().at("totals").at(0).at("credits").as_int64() == 70, at);
    }
    BOOST_TEST(
        (ends_of(of.page(wallet, "from=2009-04-01T00:00:00Z&to=2009-05-01T00:00:00Z")) == numbers{70, 2, 70, 2}));
    BOOST_TEST((ends_of(of.page(wallet, "from=2009-04-01T00:00:00Z")) == numbers{70, 2, 71, 3}));
    BOOST_TEST((ends_of(of.page(wallet, "to=2009-05-01T00:00:00Z")) == numbers{70, 2, 70, 2}));
    BOOST_TEST((ends_of(of.page(wallet)) == numbers{70, 2, 71, 3}));
    // What is archived is gone.
    BOOST_TEST(balance(wallet, "2009-03-04T09:59:59Z").code() == "GONE");
    BOOST_TEST(of.org.get("/api/v1/trial-balance?at=2009-03-03T12:00:00Z").code() == "GONE");
    for (const auto* range : {"from=2009-03-04T00:00:00Z", "to=2009-03-04T00:00:00Z"})
        BOOST_TEST(of.org.get(of.statement(wallet, range)).code() == "GONE", range);
    // The transfer stays without its legs, and cannot be reversed; another organization has neither.
    const auto path = "/api/v1/transfers/" + transfer("Old");
    const auto stays = of.org.get(path);
    BOOST_REQUIRE_MESSAGE(stays.status == 200U, stays.text);
    BOOST_TEST(reply::text_of(stays.data(), "description") == "Old");
    BOOST_TEST(stays.data().at("legs").as_array().empty());
    for (const auto* verb : {"/reverse", "/post", "/void"})
        BOOST_TEST(of.org.post(path + verb).code() == "GONE", verb);
    BOOST_TEST(of.org.get("/api/v1/transfers").data().as_array().size() == 4U);
    BOOST_TEST(of.org.get("/api/v1/transfers/" + transfer("New")).data().at("legs").as_array().size() == 1U);
    books stranger;
    BOOST_TEST(stranger.org.get(path).status == 404U);
    BOOST_TEST(stranger.org.post(path + "/reverse").status == 404U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::statements_test
