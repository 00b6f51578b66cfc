// What is read as of a time never changes afterwards: nothing is recorded before a time that was read, and what is
// still under way is not counted.
#include "server/time.hpp"
#include "tests/integration/handlers/ledger/books.hpp"
#include "tests/integration/handlers/ledger/ledger.hpp"
#include "tests/integration/handlers/ledger/open_transaction.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::final_time_test {

using bursar::server::now;
using bursar::server::timestamp;
using bursar::server::to_rfc3339;
using namespace std::chrono_literals;

namespace {

timestamp time_of(const boost::json::value& object, std::string_view name) {
    return *bursar::server::parse_rfc3339(reply::text_of(object, name));
}

struct read_books : books {
    reply read(const std::string& path) {
        auto answer = by.get("/api/v1/" + path);
        BOOST_REQUIRE_MESSAGE(answer.status == 200U, answer.text);
        return answer;
    }
    reply balance(const std::string& at = {}) {
        return read("accounts/" + account + "/balance" + (at.empty() ? "" : "?at=" + at));
    }
    reply statement(const std::string& range = {}) { return read("accounts/" + account + "/statement?" + range); }
    reply trial_balance(const std::string& at) { return read("trial-balance?at=" + at); }

    std::string account = wallet(100);
    caller by = connect();
};

std::int64_t number(const boost::json::value& in, std::string_view first, std::string_view second) {
    return in.at(first).at(second).as_int64();
}

// What the books say is final is raised to `to`, an expression.
std::string raise_floor(const std::string& to) {
    return the_deployment().postgres().query("select raised from raise_entries_floor(" + to + ")");
}

} // namespace

BOOST_AUTO_TEST_SUITE(final_times)

BOOST_AUTO_TEST_CASE(what_is_under_way_is_not_counted_and_not_passed) {
    read_books b;
    b.balance(to_rfc3339(now())); // so that what is there is final
    open_transaction moving{transfer_sql({b.world(), b.account, 5})};
    const auto recorded = *bursar::server::parse_rfc3339(moving.run(
        "select to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from entries "
        "where account_id = '" +
        b.account + "' order by seq desc limit 1"));
    const auto at = to_rfc3339(now());
    const auto balance = b.balance(at);
    const auto as_of = time_of(balance.data().at("as_of"), "at");
    BOOST_TEST((as_of < recorded));
    const auto statement = b.statement("to=" + at);
    BOOST_TEST((time_of(statement.data(), "to") <= recorded));
    BOOST_TEST(reply::text_of(statement.data(), "to") == reply::text_of(statement.data().at("as_of"), "at"));
    const auto sums = b.trial_balance(at);
    BOOST_TEST((time_of(sums.data(), "at") < recorded));
    const auto present = b.balance();
    BOOST_TEST((time_of(present.data().at("as_of"), "at") < recorded));
    // One that began behind the last one's end would leave out what is recorded between.
    BOOST_TEST(b.by.get("/api/v1/accounts/" + b.account + "/statement?from=" + at).code() == "DEPENDENCY_UNAVAILABLE");
    moving.commit();

    BOOST_TEST(b.balance(to_rfc3339(as_of)).data() == balance.data());
    BOOST_TEST(b.trial_balance(reply::text_of(sums.data(), "at")).data().at("totals") == sums.data().at("totals"));
    const auto next = b.statement("from=" + reply::text_of(statement.data(), "to"));
    BOOST_TEST(next.data().at("opening") == statement.data().at("closing"));
    BOOST_REQUIRE(next.data().at("lines").as_array().size() == 1U);
    BOOST_TEST(next.data().at("lines").at(0).at("amount").as_int64() == 5);
    BOOST_TEST(number(b.balance(at).data(), "as_of", "seq") == number(balance.data(), "as_of", "seq") + 1);
}

BOOST_AUTO_TEST_CASE(what_was_answered_is_counted) {
    read_books b;
    for (int i = 0; i < 20; ++i) {
        b.transfer(b.world(), b.account, 1);
        const auto seq = 2 + i;
        BOOST_TEST(number(b.balance(to_rfc3339(now())).data(), "as_of", "seq") == seq);
        BOOST_TEST(number(b.balance().data(), "as_of", "seq") == seq);
        BOOST_TEST(number(b.statement().data(), "closing", "seq") == seq);
        BOOST_TEST(b.read("trial-balance").data().at("totals").at(0).at("debits").as_int64() == 101 + i);
    }
}

BOOST_AUTO_TEST_CASE(a_present_balance_is_that_of_the_time_it_names) {
    read_books b;
    for (int i = 0; i < 3; ++i) {
        const auto present = b.balance();
        b.transfer(b.world(), b.account, 1);
        const auto then = b.balance(reply::text_of(present.data().at("as_of"), "at"));
        BOOST_TEST(number(then.data(), "as_of", "seq") == number(present.data(), "as_of", "seq"));
    }
}

// As when another process's clock is ahead.
BOOST_AUTO_TEST_CASE(nothing_is_recorded_before_a_final_time) {
    read_books b;
    const auto raised = *bursar::server::parse_rfc3339(the_deployment().postgres().query(
        "select to_char(raised at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') "
        "from raise_entries_floor(clock_timestamp() + interval '0.9 seconds')"));
    const auto made = b.by.post(transfers_path, transfer_body(b.world(), b.account, 1));
    BOOST_REQUIRE_MESSAGE(made.status == 201U, made.text);
    BOOST_TEST((time_of(made.data(), "recorded_at") >= raised));
    BOOST_CHECK_THROW(
        the_deployment().postgres().query("select check_decided(entries_floor_at() - interval '1 microsecond')"),
        std::runtime_error);
    wait_for([&] { return now() > raised; });
}

// A clock that was far ahead and was set back: what it called final counts for nothing, and nothing waits for that
// time.
BOOST_AUTO_TEST_CASE(a_time_far_ahead_of_the_clock_is_not_final) {
    read_books b;
    const auto& postgres = the_deployment().postgres();
    postgres.query(
        "select setval('entries_floor', (extract(epoch from now() + interval '40 days') * 1000000)::bigint)");
    postgres.query("update ledger_final set before = now() + interval '40 days'");
    b.transfer(b.world(), b.account, 1);
    const auto asked = now();
    const auto read = b.balance(to_rfc3339(asked));
    BOOST_TEST(number(read.data(), "as_of", "seq") == 2);
    BOOST_TEST((time_of(read.data().at("as_of"), "at") == asked));
    raise_floor("clock_timestamp()");
    BOOST_TEST(postgres.query("select before < clock_timestamp() from ledger_final") == "t");
    BOOST_TEST(postgres.query("select entries_floor_at() between now() - interval '1 minute' and now()") == "t");
}

BOOST_AUTO_TEST_CASE(a_range_to_come_ends_now_and_a_balance_to_come_is_refused) {
    read_books b;
    const auto before = now();
    const auto page = b.statement("to=2999-01-01T00:00:00Z");
    BOOST_TEST(number(page.data(), "closing", "seq") == 1);
    BOOST_TEST((time_of(page.data(), "to") < now() + 1s));
    BOOST_TEST((time_of(page.data(), "to") > before - 2s));
    const auto none = b.statement("from=2999-01-01T00:00:00Z");
    BOOST_TEST(none.data().at("from") == none.data().at("to"));
    BOOST_TEST((time_of(none.data(), "to") < now() + 1s));
    BOOST_TEST(b.by.get("/api/v1/trial-balance?at=2999-01-01T00:00:00Z").code() == "VALIDATION_FAILED");
    // A client's clock may be a little ahead.
    const auto ahead = time_of(b.balance(to_rfc3339(now() + 20s)).data().at("as_of"), "at");
    BOOST_TEST((ahead < now() + 1s));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::final_time_test
