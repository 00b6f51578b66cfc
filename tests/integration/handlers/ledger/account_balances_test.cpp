#include "tests/integration/handlers/ledger/ledger.hpp"
#include "tests/integration/handlers/ledger/open_transaction.hpp"
#include "tests/support/not_printed.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

namespace bursar::tests::account_balances_test {

namespace {

std::string balance_path(const std::string& account, const std::string& at = {}) {
    return "/api/v1/accounts/" + account + "/balance" + (at.empty() ? "" : "?at=" + at);
}

// posted, pending_in, pending_out, available, seq
std::vector<std::int64_t> numbers_in(const boost::json::value& balance) {
    std::vector<std::int64_t> out;
    for (const auto* name : {"posted", "pending_in", "pending_out", "available"})
        out.push_back(balance.at(name).as_int64());
    out.push_back(balance.at("as_of").at("seq").as_int64());
    return out;
}

std::vector<std::int64_t> numbers_of(caller& org, const std::string& account, const std::string& at = {}) {
    const auto answer = org.get(balance_path(account, at));
    BOOST_REQUIRE_MESSAGE(answer.status == 200, answer.text);
    return numbers_in(answer.data());
}

using numbers = number_list;

std::string batch_body(const std::vector<std::string>& accounts, const std::string& at = {}) {
    std::string out = R"({"account_ids":[)";
    for (const auto& each : accounts)
        out += (&each == &accounts.front() ? "\"" : ",\"") + each + '"';
    return out + "]" + (at.empty() ? "" : R"(,"at":")" + at + '"') + "}";
}

// Without an Idempotency-Key, since it reads.
reply read_batch(caller& org, const std::vector<std::string>& accounts, const std::string& at = {}) {
    return org.post("/api/v1/accounts/balances", batch_body(accounts, at), "");
}

// The transaction below which everything is counted: behind the eight bytes that tell what list a cursor is of.
std::int64_t transaction_in(const reply& balance) {
    auto text = reply::text_of(balance.data().at("as_of"), "cursor");
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    return std::stoll(the_deployment().postgres().query(
        "select ('x' || encode(substr(decode('" + text + "', 'base64'), 9, 8), 'hex'))::bit(64)::bigint"));
}

void make_partitions(const std::string& first_day, const std::string& last_day) {
    the_deployment().postgres().query("select ensure_entry_partitions('" + first_day + "', '" + last_day + "')");
}

} // namespace

BOOST_AUTO_TEST_SUITE(account_balances)

BOOST_AUTO_TEST_CASE(stand_in_the_accounts_normal_direction) {
    auto org = new_organization();
    const auto wallet = open_account(org);
    const auto bank = open_account(org, "asset");
    BOOST_TEST((numbers_of(org, wallet) == numbers{0, 0, 0, 0, 0}));
    transfer({bank, wallet, 1000});
    transfer({wallet, bank, 0, 300});
    transfer({bank, wallet, 0, 50});
    BOOST_TEST((numbers_of(org, wallet) == numbers{1000, 50, 300, 700, 3}));
    BOOST_TEST((numbers_of(org, bank) == numbers{1000, 50, 300, 700, 3}));
    transfer({wallet, bank, 300, -300});
    BOOST_TEST((numbers_of(org, wallet) == numbers{700, 50, 0, 700, 4}));
    const auto overdrawn = open_account(org);
    transfer({overdrawn, bank, 20});
    BOOST_TEST((numbers_of(org, overdrawn) == numbers{-20, 0, 0, -20, 1}));
    const auto shown = org.get(balance_path(wallet));
    BOOST_TEST(reply::text_of(shown.data(), "account_id") == wallet);
    BOOST_TEST(reply::text_of(shown.data(), "currency") == "EUR");
    BOOST_TEST(shown.etag.empty());
}

BOOST_AUTO_TEST_CASE(of_then_are_those_of_the_last_entry_by_then) {
    auto org = new_organization();
    const auto wallet = open_account(org);
    const auto bank = open_account(org, "asset");
    const auto quiet = open_account(org);
    make_partitions("2023-01-01", "2023-05-31");
    // Two of them at one time, and a month between them without any.
    transfer({bank, wallet, 100, 0, "'2023-01-10 12:00:00.000001Z'"});
    transfer({wallet, bank, 0, 30, "'2023-01-31 23:59:59.999999Z'"});
    transfer({bank, wallet, 7, 0, "'2023-01-31 23:59:59.999999Z'"});
    transfer({wallet, bank, 30, -30, "'2023-03-01 00:00:00Z'"});
    const std::vector<std::pair<std::string, numbers>> expected{
        {"1900-01-01T00:00:00Z", {0, 0, 0, 0, 0}},
        {"2023-01-10T12:00:00Z", {0, 0, 0, 0, 0}},
        {"2023-01-10T12:00:00.000001Z", {100, 0, 0, 100, 1}},
        {"2023-01-31T23:59:59.999998Z", {100, 0, 0, 100, 1}},
        {"2023-01-31T23:59:59.999999Z", {107, 0, 30, 77, 3}},
        {"2023-02-15T00:00:00%2B02:00", {107, 0, 30, 77, 3}},
        {"2023-02-28T23:59:59.999999Z", {107, 0, 30, 77, 3}},
        {"2023-03-01T00:00:00Z", {77, 0, 0, 77, 4}},
        {"2024-01-01T00:00:00Z", {77, 0, 0, 77, 4}},
    };
    for (const auto& [at, then] : expected) {
        BOOST_TEST((numbers_of(org, wallet, at) == then), at);
        BOOST_TEST((numbers_of(org, quiet, at) == numbers{0, 0, 0, 0, 0}), at);
        if (at.find('%') != at.npos)
            continue;
        const auto batch = read_batch(org, {quiet, wallet}, at);
        BOOST_REQUIRE_MESSAGE(batch.status == 200, batch.text);
        BOOST_TEST((numbers_in(batch.data().at(1)) == then), at);
        BOOST_TEST(batch.data().at(0).at("as_of").at("cursor").is_null());
    }
    const auto shown = org.get(balance_path(wallet, "2023-02-15T00:00:00%2B02:00"));
    BOOST_TEST(reply::text_of(shown.data().at("as_of"), "at") == "2023-02-14T22:00:00.000000Z");
    BOOST_TEST(shown.data().at("as_of").at("cursor").is_null());
}

BOOST_AUTO_TEST_CASE(of_a_time_to_come_are_refused) {
    auto org = new_organization();
    const auto wallet = open_account(org);
    const auto pointer = [](const reply& refused) {
        BOOST_TEST(refused.code() == "VALIDATION_FAILED", refused.text);
        return reply::text_of(refused.body.at("error").at("fields").at(0), "pointer");
    };
    BOOST_TEST(pointer(org.get(balance_path(wallet, "2999-01-01T00:00:00Z"))) == "at");
    BOOST_TEST(pointer(org.get(balance_path(wallet, "yesterday"))) == "at");
    BOOST_TEST(pointer(read_batch(org, {wallet}, "2999-01-01T00:00:00Z")) == "/at");
    BOOST_TEST(org.get(balance_path(wallet, "2026-01-01T00:00:00Z")).status == 200U);
}

BOOST_AUTO_TEST_CASE(say_which_events_they_count) {
    auto org = new_organization();
    const auto wallet = open_account(org);
    const auto bank = open_account(org, "asset");
    std::int64_t earlier = 0;
    std::int64_t later = 0;
    {
        // A transaction that may yet write events, and one after it that is done.
        open_transaction unfinished{"select 1"};
        earlier = std::stoll(unfinished.run("select pg_current_xact_id()"));
        open_transaction moving{transfer_sql({bank, wallet, 5})};
        later = std::stoll(moving.run("select pg_current_xact_id()"));
        moving.commit();
        const auto balance = org.get(balance_path(wallet));
        BOOST_TEST((numbers_in(balance.data()) == numbers{5, 0, 0, 5, 1}));
        BOOST_TEST(earlier < later);
        BOOST_TEST(transaction_in(balance) <= earlier);
    }
    // Others of the server's may be under way for a moment.
    auto balance = org.get(balance_path(wallet));
    for (int i = 0; i < 1000 && transaction_in(balance) <= later; ++i)
        balance = org.get(balance_path(wallet));
    BOOST_TEST(transaction_in(balance) > later);
    BOOST_TEST(
        reply::text_of(read_batch(org, {wallet}).data().at(0).at("as_of"), "cursor").size() ==
        reply::text_of(balance.data().at("as_of"), "cursor").size());
}

BOOST_AUTO_TEST_CASE(of_many_come_in_the_order_asked) {
    auto org = new_organization();
    const auto wallet = open_account(org);
    const auto bank = open_account(org, "asset");
    transfer({bank, wallet, 5});
    const auto both = read_batch(org, {wallet, bank, wallet});
    BOOST_REQUIRE_MESSAGE(both.status == 200, both.text);
    BOOST_REQUIRE(both.data().as_array().size() == 3U);
    BOOST_TEST(reply::text_of(both.data().at(1), "account_id") == bank);
    BOOST_TEST(both.data().at(0) == both.data().at(2));
    BOOST_TEST((numbers_in(both.data().at(0)) == numbers{5, 0, 0, 5, 1}));

    const auto unknown = read_batch(org, {wallet, fresh_key(), bank, fresh_key()});
    BOOST_TEST(unknown.status == 404U);
    const auto& fields = unknown.body.at("error").at("fields").as_array();
    BOOST_REQUIRE(fields.size() == 2U);
    BOOST_TEST(reply::text_of(fields[0], "pointer") == "/account_ids/1");
    BOOST_TEST(reply::text_of(fields[1], "pointer") == "/account_ids/3");

    const auto thousand = read_batch(org, std::vector<std::string>(1000, bank));
    BOOST_REQUIRE(thousand.status == 200U);
    BOOST_TEST(thousand.data().as_array().size() == 1000U);
    BOOST_TEST(read_batch(org, std::vector<std::string>(1001, bank)).code() == "VALIDATION_FAILED");
    BOOST_TEST(read_batch(org, {}).code() == "VALIDATION_FAILED");
    BOOST_TEST(read_batch(org, {"x"}).code() == "VALIDATION_FAILED");
}

BOOST_AUTO_TEST_CASE(of_many_come_from_one_snapshot) {
    auto org = new_organization();
    const std::vector<std::string> accounts{
        open_account(org), open_account(org, "asset"), open_account(org, "equity"), open_account(org, "asset")};
    std::atomic<bool> done = false;
    std::thread moving{[&] {
        for (std::size_t i = 0; !done; ++i)
            transfer({accounts[i % 4], accounts[(i + 1 + i / 4 % 3) % 4], 1});
    }};
    std::int64_t entries = 0;
    for (int i = 0; i < 300 || entries == 0; ++i) {
        const auto read = read_batch(org, accounts);
        std::int64_t sum = 0;
        entries = 0;
        for (std::size_t k = 0; k < accounts.size(); ++k) {
            const auto& each = read.data().at(k);
            sum += (k % 2 == 0 ? -1 : 1) * each.at("posted").as_int64();
            entries += each.at("as_of").at("seq").as_int64();
        }
        BOOST_TEST(sum == 0);
        BOOST_TEST(entries % 2 == 0);
    }
    done = true;
    moving.join();
    BOOST_TEST(entries > 0);
}

BOOST_AUTO_TEST_CASE(of_archived_months_are_gone_and_not_guessed) {
    auto org = new_organization();
    const auto wallet = open_account(org);
    const auto bank = open_account(org, "asset");
    const auto quiet = open_account(org);
    make_partitions("2011-03-01", "2011-04-30");
    transfer({bank, wallet, 5, 0, "'2011-03-15 00:00:00Z'"});
    transfer({bank, quiet, 5, 0, "'2011-03-16 00:00:00Z'"});
    transfer({bank, wallet, 6, 0, "'2011-04-15 00:00:00Z'"});
    the_deployment().postgres().query("alter table entries detach partition entries_2011_03");
    for (const auto* at : {"2011-03-14T00:00:00Z", "2011-03-15T00:00:00Z", "2011-04-14T00:00:00Z"}) {
        BOOST_TEST(org.get(balance_path(wallet, at)).code() == "GONE", at);
        BOOST_TEST(read_batch(org, {quiet, wallet}, at).status == 410U, at);
    }
    // What the account itself still knows, and what is left of its entries.
    BOOST_TEST((numbers_of(org, quiet, "2011-03-16T00:00:00Z") == numbers{5, 0, 0, 5, 1}));
    BOOST_TEST(org.get(balance_path(quiet, "2011-03-15T00:00:00Z")).code() == "GONE");
    BOOST_TEST((numbers_of(org, wallet, "2011-04-15T00:00:00Z") == numbers{11, 0, 0, 11, 2}));
    BOOST_TEST((numbers_of(org, wallet) == numbers{11, 0, 0, 11, 2}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::account_balances_test
