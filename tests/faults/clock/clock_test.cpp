// Clocks that jump: the server's, the database's, both. What was refused was not done, nothing expires that has not,
// and no time of the ledger runs ahead.
#include "tests/integration/handlers/ledger/books.hpp"
#include "tests/support/false_clock.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <sstream>

namespace bursar::tests::clock_test {

using namespace std::chrono_literals;

namespace {

boost::test_tools::assertion_result clocks_can_be_set(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result out{false_clock::works()};
    if (!out)
        out.message() << "libfaketime is not there, or a sanitizer's runtime is in its place";
    return out;
}

// Books whose server and database each have a clock that the test sets, with a hold that has a month to go.
struct clocks {
    clocks()
        : on(server.environment(), postgres_server::settings{false, {}, database.assignments()})
        , b(on)
        , from(b.wallet(1000))
        , to(b.wallet()) {
        const auto expires = b.query("select to_char(now() + interval '30 days', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
        held =
            b.connect()
                .post(
                    transfers_path, transfer_body(from, to, 100, R"(,"pending":true,"expires_at":")" + expires + "\""))
                .id();
    }

    reply pay(std::string key = fresh_key()) const {
        return b.connect().post(transfers_path, transfer_body(from, to, 1), std::move(key));
    }

    void set_both(const std::string& offset) const {
        server.set(offset);
        database.set(offset);
    }

    double refused(const std::string& clock) {
        return on.bursar().metric("bursar_ledger_clock_refusals_total{clock=\"" + clock + "\"}");
    }

    // A request that comes at such a time moves nothing, says why, and is done under the same key when it is over.
    void check_jump(false_clock& which, const std::string& offset, const std::string& counted) {
        const auto before = b.posted(to);
        const auto refusals = refused(counted);
        const auto key = fresh_key();
        which.set(offset);
        const auto no = pay(key);
        BOOST_TEST(no.status == 503U, offset << ": " << no.text);
        BOOST_TEST(no.code() == "DEPENDENCY_UNAVAILABLE");
        const auto post = b.connect().post(std::string{transfers_path} + "/" + held + "/post");
        BOOST_TEST(post.status == 503U, offset << ": " << post.text);
        BOOST_TEST(refused(counted) > refusals);
        which.set("+0");
        BOOST_TEST(b.posted(to) == before);
        const auto yes = pay(key);
        BOOST_TEST(yes.status == 201U, offset << ": " << yes.text);
        BOOST_TEST(!yes.replayed);
        check_times();
    }

    // Nothing is recorded ahead of the clock, and the hold has not expired.
    void check_times() {
        BOOST_TEST(
            b.query("select count(*) from accounts where last_recorded_at > now() + interval '1 second'") == "0");
        BOOST_TEST(b.query("select state from transfers where id = '" + held + "'") == "pending");
        BOOST_TEST(
            b.query("select coalesce(max(recorded_at) <= now() + interval '1 second', true) from entries") == "t");
        BOOST_TEST(b.broken() == "");
    }

    false_clock server;
    false_clock database;
    deployment on;
    books b;
    std::string from, to, held;
};

} // namespace

BOOST_AUTO_TEST_SUITE(clocks_that_jump, *boost::unit_test::precondition(clocks_can_be_set))

BOOST_AUTO_TEST_CASE(the_servers_forward_and_back) {
    clocks c;
    for (const auto* offset : {"+40d", "-40d", "+150d", "+3", "-3", "-1.5"})
        c.check_jump(c.server, offset, "stepped");
    c.on.server().wait_for_line("ledger_clock_stepped");
    BOOST_TEST(c.on.bursar().metric(R"(bursar_log_events_total{event="ledger_clock_stepped",level="error"})") >= 1);
}

// Nothing was known of the clock before it was wrong: the database alone tells.
BOOST_AUTO_TEST_CASE(a_server_that_starts_with_a_wrong_clock_writes_nothing) {
    clocks c;
    for (const auto& [offset, clock] : {std::pair{"+40d", "ahead"}, {"-40d", "behind"}, {"+1.5", "ahead"}}) {
        c.server.set(offset);
        c.on.restart_server();
        c.check_jump(c.server, offset, clock);
    }
    c.server.set("+0.4");
    c.on.restart_server();
    const auto made = c.pay();
    BOOST_TEST(made.status == 201U, made.text);
    c.check_times();
}

BOOST_AUTO_TEST_CASE(the_databases_forward_and_back) {
    clocks c;
    c.check_jump(c.database, "+40d", "behind");
    c.check_jump(c.database, "-40d", "ahead");
    c.check_jump(c.database, "+150d", "behind");
    c.check_jump(c.database, "+2", "behind");
    c.check_jump(c.database, "-2", "ahead");
}

// Neither can tell by the other. A few seconds are not believed.
BOOST_AUTO_TEST_CASE(both_at_once_for_a_few_seconds) {
    clocks c;
    for (const auto* offset : {"+40d", "-40d"}) {
        c.pay(); // so that the time before is known
        const auto before = c.b.posted(c.to);
        const auto key = fresh_key();
        c.set_both(offset);
        BOOST_TEST(c.pay(key).code() == "DEPENDENCY_UNAVAILABLE", offset);
        c.set_both("+0");
        BOOST_TEST(c.b.posted(c.to) == before);
        BOOST_TEST(c.pay(key).status == 201U, offset);
        c.check_times();
    }
    BOOST_TEST(c.refused("stepped") >= 2);
}

BOOST_AUTO_TEST_CASE(a_month_without_a_partition_is_made) {
    clocks c;
    c.set_both("+150d");
    c.on.restart_server();
    BOOST_TEST(c.pay().status == 201U);
    // And one that goes while it is served.
    const auto change = [&](const std::string& begin) {
        c.b.query("do $$ begin execute '" + begin + " entries_' || to_char(now(), 'YYYY_MM'); end $$");
    };
    const auto missed = [&] { return c.on.bursar().metric("bursar_ledger_partition_missing_total"); };
    const auto before = missed();
    change("drop table");
    BOOST_TEST(c.pay().status == 201U);
    BOOST_TEST(missed() == before + 1);
    c.on.server().wait_for_line("entry_partition_missing");
    // It cannot be made while its name is taken.
    change("alter table entries detach partition");
    const auto key = fresh_key();
    const auto no = c.pay(key);
    BOOST_TEST(no.status == 503U, no.text);
    BOOST_TEST(no.code() == "DEPENDENCY_UNAVAILABLE");
    change("drop table");
    BOOST_TEST(c.pay(key).status == 201U);
}

// As slow as a network can be: the request is on its way for longer than clocks may differ.
BOOST_AUTO_TEST_CASE(being_slow_is_no_wrong_clock) {
    clocks c;
    std::vector<pid_t> backends;
    std::string pids =
        c.b.query("select string_agg(pid::text, ' ') from pg_stat_activity where application_name = 'bursar'");
    std::istringstream list{pids};
    for (pid_t pid = 0; list >> pid;)
        backends.push_back(pid);
    for (const auto pid : backends)
        ::kill(pid, SIGSTOP);
    together paying;
    paying.send(c.b.connect(), transfers_path, transfer_body(c.from, c.to, 1));
    const auto slow_until = std::chrono::steady_clock::now() + 2500ms;
    wait_for([&] { return std::chrono::steady_clock::now() > slow_until; });
    for (const auto pid : backends)
        ::kill(pid, SIGCONT);
    const auto answers = paying.answers();
    BOOST_TEST(answers.front().status == 201U, answers.front().text);
    BOOST_TEST(c.refused("behind") == 0);
    // What was allowed for once is not allowed for ever.
    c.check_jump(c.database, "+2", "behind");
}

// Damage of an earlier time stays where it is.
BOOST_AUTO_TEST_CASE(an_account_of_the_future_is_not_handed_on) {
    clocks c;
    // Else it would expire then, and take its accounts along.
    BOOST_TEST(c.b.connect().post(std::string{transfers_path} + "/" + c.held + "/void").status == 201U);
    const auto other = c.b.wallet(500);
    c.set_both("+40d");
    c.on.restart_server();
    BOOST_TEST(c.b.connect().post(transfers_path, transfer_body(other, c.b.wallet(), 1)).status == 201U);
    c.set_both("+0");
    c.on.restart_server();
    const auto key = fresh_key();
    together paying; // in one batch or in two: the neighbour is done
    paying.send(c.b.connect(), transfers_path, transfer_body(other, c.to, 1), key);
    paying.send(c.b.connect(), transfers_path, transfer_body(c.from, c.to, 1));
    const auto answers = paying.answers();
    BOOST_TEST(answers[0].status == 503U, answers[0].text);
    BOOST_TEST(answers[1].status == 201U, answers[1].text);
    BOOST_TEST(
        c.b.query("select last_recorded_at <= now() + interval '1 second' from accounts where id = '" + c.to + "'") ==
        "t");
    // It is no refusal that is kept: when the time has come, the same request is done.
    c.set_both("+41d");
    c.on.restart_server();
    BOOST_TEST(c.b.connect().post(transfers_path, transfer_body(other, c.to, 1), key).status == 201U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::clock_test
