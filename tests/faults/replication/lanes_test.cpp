// What the client does with a commit that waits for a synchronous standby, on every lane.
#include "db/commands/connection.hpp"
#include "db/migrations.hpp"
#include "tests/faults/replication/replicated.hpp"
#include "tests/integration/db/fixture.hpp"

#include <deque>
#include <future>

namespace bursar::tests::lanes_test {

using namespace std::chrono_literals;
using db::access;
using db::parameters;
using db::statement;
using server::awaitable;
using server::errc;

namespace {

const statement insert{"test.insert", access::write, "insert into things values ($1)"};
const statement count_all{"test.count", access::read, "select count(*) from things"};
const statement take_id{"test.take_id", access::write, "select pg_current_xact_id()"};
const statement sleep_long{"test.sleep", access::write, "select pg_sleep(60)"};

db::client_options impatient() {
    db::client_options out;
    out.statement_timeout = 300ms;
    return out;
}

struct waiting {
    explicit waiting(db::client_options options = {})
        : primary({.durable = true})
        , pair(primary)
        , db(std::move(options), primary) {
        db.sql("create table things (id int8)");
    }

    // Begins; what came of it is there when it is not empty.
    template <class Work>
    std::string& begin(Work work) {
        auto& out = outcomes.emplace_back();
        server::asio::co_spawn(db.loop, std::move(work), [&out](std::exception_ptr, std::string came) { out = came; });
        return out;
    }
    std::string& write(std::int64_t id, std::chrono::milliseconds time) {
        return begin(keep_write(&db.client, id, time));
    }
    std::string& commit(std::int64_t id, bool batch, std::chrono::milliseconds time) {
        return begin(keep_commit(&db.client, id, batch, time));
    }

    static awaitable<std::string> keep_write(db::client* to, std::int64_t id, std::chrono::milliseconds time) {
        const auto done = co_await to->execute(insert, parameters{id}, in(time));
        co_return code(done);
    }
    static awaitable<std::string>
    keep_commit(db::client* to, std::int64_t id, bool batch, std::chrono::milliseconds time) {
        const auto until = in(time);
        auto begun = batch ? to->begin_batch(until) : to->begin(until);
        auto on = co_await std::move(begun);
        const auto done = co_await on->execute_and_commit(insert, parameters{id}, until);
        co_return code(done);
    }

    void turn_until_waiting(int commits) {
        const auto asked = "select count(*) from pg_stat_activity where wait_event = 'SyncRep'";
        db.turn_until([&] { return std::stoi(primary.query(asked)) >= commits; });
    }
    bool all_over() const {
        return std::none_of(outcomes.begin(), outcomes.end(), [](const auto& each) { return each.empty(); });
    }

    postgres_server primary;
    replicated pair;
    database db;
    std::deque<std::string> outcomes;
};

awaitable<> read_and_end(db::client* client, bool confirms, std::string* out) {
    auto on = value(co_await client->begin(soon()));
    // An id of its own makes no commit wait: it must have written.
    value(co_await on.execute(confirms ? count_all : take_id, parameters{}, soon()));
    const auto until = in(1s);
    auto ended = confirms ? on.confirm(until) : on.commit(until);
    const auto done = co_await std::move(ended);
    *out = code(done);
}

awaitable<> sleep_in_a_transaction(db::client* client, std::string* out) {
    auto on = value(co_await client->begin(soon()));
    const auto slept = co_await on.execute(sleep_long, parameters{}, in(300ms));
    *out = code(slept);
}

} // namespace

BOOST_AUTO_TEST_SUITE(synchronous_lanes)

BOOST_AUTO_TEST_CASE(a_commit_past_its_deadline_is_unknown_and_goes_on_waiting) {
    waiting w;
    w.pair.stop_standby();
    w.write(1, 500ms);
    w.commit(2, false, 500ms);
    w.commit(3, true, 500ms);
    w.db.turn_until([&] { return w.all_over(); });
    for (const auto& each : w.outcomes)
        BOOST_TEST(each == "OUTCOME_UNKNOWN");
    // Each on a new connection, while the old ones still wait; nobody sees what they wrote.
    BOOST_TEST(
        value(run(w.db.loop, w.db.client.execute(count_all, parameters{}, soon()))).front().get<std::int64_t>(0) == 0);
    // Their connections have been given up by then, and nothing reached those that wait.
    const auto given_up = server::steady_clock::now() + 1s;
    w.db.turn_until([&] { return server::steady_clock::now() > given_up && w.db.client.reachable(); });
    const auto& more = w.write(4, 30s);
    w.turn_until_waiting(4);
    BOOST_TEST(w.primary.times_logged("canceling wait") == 0U);
    w.pair.start_standby();
    w.db.turn_until([&] { return w.all_over(); });
    BOOST_TEST(more == "OK");
    BOOST_TEST(w.db.sql("select count(*) from things") == "4");
}

BOOST_AUTO_TEST_CASE(a_wait_that_is_ended_by_force_is_unknown) {
    waiting w;
    for (const std::string how : {"pg_cancel_backend", "pg_terminate_backend"}) {
        w.pair.stop_standby();
        w.outcomes.clear();
        w.write(1, 30s);
        w.commit(2, false, 30s);
        w.commit(3, true, 30s);
        w.turn_until_waiting(3);
        w.pair.disturb_waiting(how);
        w.db.turn_until([&] { return w.all_over(); });
        for (const auto& each : w.outcomes)
            BOOST_TEST(each == "OUTCOME_UNKNOWN", how << ": " << each);
        w.pair.start_standby();
        w.db.turn_until([&] { return w.db.client.reachable(); });
    }
}

BOOST_AUTO_TEST_CASE(no_statement_timeout_runs_over_a_commit) {
    waiting w{impatient()};
    w.db.sql(
        "create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(0.6); return null; "
        "end $$; create constraint trigger late after insert on things deferrable initially deferred for each row "
        "execute function dawdle()");
    w.pair.stop_standby();
    w.write(1, 30s);
    w.commit(2, false, 30s);
    w.commit(3, true, 30s);
    w.turn_until_waiting(3);
    // For longer than the time-out.
    w.db.turn_until([&] {
        return w.primary.query("select count(*) from pg_stat_activity where wait_event = 'SyncRep' "
                               "and state_change < clock_timestamp() - interval '1 second'") == "3";
    });
    w.pair.start_standby();
    w.db.turn_until([&] { return w.all_over(); });
    for (const auto& each : w.outcomes)
        BOOST_TEST(each == "OK");
}

BOOST_AUTO_TEST_CASE(what_was_read_is_confirmed_by_a_commit_that_waits) {
    waiting w;
    w.pair.stop_standby();
    std::string confirmed, committed;
    run(w.db.loop, read_and_end(&w.db.client, false, &committed));
    BOOST_TEST(committed == "OK");
    run(w.db.loop, read_and_end(&w.db.client, true, &confirmed));
    BOOST_TEST(confirmed == "OUTCOME_UNKNOWN");
    w.pair.start_standby();
    w.db.turn_until([&] { return w.db.client.reachable(); });
    run(w.db.loop, read_and_end(&w.db.client, true, &confirmed));
    BOOST_TEST(confirmed == "OK");
}

// Its locks go at once, and no late cancel request can reach what its connection does next: it does nothing more.
BOOST_AUTO_TEST_CASE(a_statement_of_a_transaction_that_is_given_up_ends_with_its_connection) {
    waiting w;
    std::string slept;
    run(w.db.loop, sleep_in_a_transaction(&w.db.client, &slept));
    BOOST_TEST(slept == "DEADLINE_EXCEEDED");
    w.db.turn_until([&] {
        return w.primary.query("select count(*) from pg_stat_activity where query like '%pg_sleep(60)' and pid <> "
                               "pg_backend_pid()") == "0";
    });
    BOOST_TEST(w.primary.times_logged("canceling statement due to user request") == 1U);
}

BOOST_AUTO_TEST_CASE(a_command_says_so_when_a_commit_did_not_wait) {
    waiting w;
    db::commands::connection on{w.primary.url(), w.db.schema};
    w.pair.stop_standby();
    auto inserted = std::async(std::launch::async, [&] { on.execute("insert into things values (1)"); });
    w.pair.wait_for_waiting(1);
    w.pair.disturb_waiting("pg_cancel_backend");
    BOOST_CHECK_EXCEPTION(inserted.get(), server::error_exception, [](const auto& failed) {
        return failed.reason().code == errc::outcome_unknown;
    });
    static constexpr db::migration steps[]{{1, "0001_first", "create table first (id integer)"}};
    auto migrated = std::async(std::launch::async, [&] { return db::migrate(w.primary.url(), w.db.schema, steps); });
    w.pair.wait_for_waiting(1);
    w.pair.disturb_waiting("pg_cancel_backend");
    const auto done = migrated.get();
    BOOST_TEST_REQUIRE(done.has_error());
    BOOST_TEST(done.error().unavailable);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::lanes_test
