#include "tests/integration/db/fixture.hpp"

#include <csignal>

namespace bursar::tests::backends_test {

using namespace std::chrono_literals;
using db::access;
using db::parameters;
using db::statement;
using server::awaitable;

namespace {

const statement slow_read{"test.slow_read", access::read, "SELECT pg_sleep($1::int8 / 1000.0) AS reading"};
const statement slow_write{
    "test.slow_write", access::write,
    "WITH slept AS MATERIALIZED (SELECT pg_sleep($1::int8 / 1000.0)) INSERT INTO things SELECT 1 FROM slept"};
const statement insert{"test.insert", access::write, "INSERT INTO things VALUES ($1)"};
const statement one{"test.one", access::read, "SELECT 1::int8"};

db::client_options single() {
    db::client_options o;
    o.read_connections = 1;
    o.write_connections = 1;
    o.lease_connections = 1;
    return o;
}

// On a server of its own: backends are killed by -9, which restarts all of them.
struct victim {
    postgres_server postgres;
    database db{single(), postgres};

    victim() { db.sql("CREATE TABLE things (id int8)"); }

    std::string busy(const std::string& what) const {
        return "SELECT coalesce(min(pid)::text, '') FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE "
               "'" +
               what + "' AND state = 'active'";
    }
    // The backend that executes it, once it does.
    std::string backend(const std::string& what) {
        std::string pid;
        db.turn_until([&] { return !(pid = postgres.query(busy(what))).empty(); });
        return pid;
    }
    void spawn(awaitable<> work, bool* done) {
        server::asio::co_spawn(db.loop, std::move(work), [done](std::exception_ptr) { *done = true; });
    }
    void settle(const bool& done) {
        db.turn_until([&] { return done; });
    }
    void works_again() {
        db.turn_until([&] { return db.client.reachable(); });
        BOOST_TEST(code(run(db.loop, db.client.execute(one, parameters{}, soon()))) == "OK");
    }
};

awaitable<> commit_after(db::client& client, bool* inserted, const bool* go_on, std::string* out) {
    auto tx = value(co_await client.begin(soon()));
    value(co_await tx.execute(insert, parameters{std::int64_t{5}}, soon()));
    *inserted = true;
    server::timer pause{co_await server::asio::this_coro::executor};
    while (!*go_on) {
        pause.expires_after(5ms);
        co_await pause.async_wait(server::use_awaitable);
    }
    *out = code(co_await tx.commit(soon()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(killed_backends)

BOOST_AUTO_TEST_CASE(a_read_in_flight_is_sent_again) {
    victim v;
    std::string answer;
    bool done = false;
    v.spawn(into(&answer, &v.db.client, &slow_read, parameters{std::int64_t{300}}, soon()), &done);
    v.postgres.query("SELECT pg_terminate_backend(" + v.backend("%AS reading") + ")");
    v.settle(done);
    BOOST_TEST(answer == "OK");
}

BOOST_AUTO_TEST_CASE(a_write_that_the_server_says_it_stopped_is_certainly_not_applied) {
    victim v;
    std::string answer;
    bool done = false;
    v.spawn(into(&answer, &v.db.client, &slow_write, parameters{std::int64_t{20000}}, soon()), &done);
    v.postgres.query("SELECT pg_terminate_backend(" + v.backend("WITH slept%") + ")");
    v.settle(done);
    BOOST_TEST(answer == "DEPENDENCY_UNAVAILABLE");
    BOOST_TEST(v.db.sql("SELECT count(*) FROM things") == "0");
    v.works_again();
}

BOOST_AUTO_TEST_CASE(a_write_whose_backend_dies_without_a_word_is_in_doubt) {
    victim v;
    std::string answer;
    bool done = false;
    v.spawn(into(&answer, &v.db.client, &slow_write, parameters{std::int64_t{20000}}, soon()), &done);
    kill(std::stoi(v.backend("WITH slept%")), SIGKILL);
    v.settle(done);
    // The postmaster ends every other backend of a crashed cluster; the one killed says nothing.
    BOOST_TEST(answer == "OUTCOME_UNKNOWN");
    v.works_again();
}

BOOST_AUTO_TEST_CASE(a_commit_whose_backend_dies_is_in_doubt) {
    victim v;
    std::string answer;
    bool done = false;
    bool inserted = false;
    bool go_on = false;
    v.spawn(commit_after(v.db.client, &inserted, &go_on, &answer), &done);
    v.db.turn_until([&] { return inserted; });
    const auto pid = std::stoi(v.postgres.query(
        "SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction' AND application_name = 'bursar'"));
    // Stopped, so that the commit is sent and not answered.
    kill(pid, SIGSTOP);
    go_on = true;
    v.db.loop.restart();
    v.db.loop.run_for(100ms);
    BOOST_TEST(!done);
    kill(pid, SIGKILL);
    v.settle(done);
    BOOST_TEST(answer == "OUTCOME_UNKNOWN");
    v.works_again();
}

BOOST_AUTO_TEST_CASE(a_transaction_whose_idle_backend_was_terminated_was_not_applied) {
    victim v;
    std::string answer;
    bool done = false;
    bool inserted = false;
    bool go_on = false;
    v.spawn(commit_after(v.db.client, &inserted, &go_on, &answer), &done);
    v.db.turn_until([&] { return inserted; });
    v.postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'");
    v.db.loop.restart();
    v.db.loop.run_for(100ms);
    go_on = true;
    v.settle(done);
    BOOST_TEST(answer == "DEPENDENCY_UNAVAILABLE");
    v.works_again();
}

BOOST_AUTO_TEST_CASE(a_backend_that_hangs_is_left_behind) {
    victim v;
    v.works_again();
    std::string answer;
    bool done = false;
    v.spawn(into(&answer, &v.db.client, &slow_read, parameters{std::int64_t{300}}, in(1000ms)), &done);
    const auto pid = std::stoi(v.backend("%AS reading"));
    kill(pid, SIGSTOP);
    v.settle(done);
    BOOST_TEST(answer == "DEADLINE_EXCEEDED");
    // Cancelling does not reach a stopped backend, so the lane takes a new connection.
    v.works_again();
    BOOST_TEST(v.postgres.query("SELECT count(*) FROM pg_stat_activity WHERE pid = " + std::to_string(pid)) == "1");
    kill(pid, SIGKILL);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_that_was_ended_is_replaced) {
    victim v;
    v.works_again();
    for (int round = 0; round < 5; ++round) {
        v.postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bursar'");
        std::string answer;
        bool done = false;
        v.spawn(into(&answer, &v.db.client, &one, parameters{}, soon()), &done);
        v.settle(done);
        BOOST_TEST(answer == "OK");
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::backends_test
