#include "tests/integration/db/fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <deque>

namespace bursar::tests::lanes_test {

using namespace std::chrono_literals;
using db::access;
using db::parameters;
using db::statement;
using server::awaitable;

namespace {

const statement select_sum{"test.sum", access::read, "SELECT $1::int8 + $2::int8"};
const statement divide{"test.divide", access::read, "SELECT 100 / $1::int8"};
const statement sleep_reading{"test.sleep_read", access::read, "SELECT pg_sleep($1::int8 / 1000.0)"};
const statement sleep_writing{"test.sleep_write", access::write, "SELECT pg_sleep($1::int8 / 1000.0) AS slept"};
const statement sleep_of_tenant{
    "test.sleep_of_tenant", access::read, "SELECT pg_sleep($2::int8 / 1000.0) WHERE $1::uuid IS NOT NULL"};
const statement insert_thing{"test.insert", access::write, "INSERT INTO things (id) VALUES ($1) RETURNING *"};
const statement all_things{"test.all", access::read, "SELECT * FROM things"};

db::client_options one_of_each() {
    db::client_options o;
    o.read_connections = 1;
    o.write_connections = 1;
    return o;
}

awaitable<> divide_by(db::client& client, std::int64_t by) {
    const auto beside_others = co_await client.execute(divide, parameters{by}, soon());
    const auto after_them = co_await client.execute(divide, parameters{by}, soon());
    for (const auto* const answer : {&beside_others, &after_them}) {
        BOOST_TEST(code(*answer) == (by == 0 ? "INTERNAL" : "OK"), by);
        if (by != 0 && answer->has_value())
            BOOST_TEST(answer->value().front().get<std::int64_t>(0) == 100 / by);
    }
}

awaitable<> sum(db::client& client) {
    const auto r = value(co_await client.execute(select_sum, parameters{std::int64_t{20}, std::int64_t{22}}, soon()));
    BOOST_TEST(r.size() == 1U);
    BOOST_TEST(r.front().get<std::int64_t>(0) == 42);
}

awaitable<> insert_twice(db::client& client) {
    const auto one = value(co_await client.execute(insert_thing, parameters{std::int64_t{1}}, soon()));
    BOOST_TEST(one.affected() == 1U);
    const auto again = co_await client.execute(insert_thing, parameters{std::int64_t{1}}, soon());
    BOOST_TEST(code(again) == "CONFLICT");
    BOOST_TEST(again.error().constraint == "things_pkey");
}

awaitable<> expect(db::client& client, const statement& what, parameters values, std::string answer) {
    const auto r = co_await client.execute(what, std::move(values), soon());
    BOOST_TEST(code(r) == answer, what.name() << ": " << (r.has_error() ? r.error().detail : ""));
}

awaitable<> give_up_soon(db::client& client, const statement& what, std::string* out) {
    const auto r = co_await client.execute(what, parameters{std::int64_t{20000}}, in(100ms));
    *out = code(r);
}

awaitable<> run_all_statements(db::client& client, const std::deque<statement>& all) {
    for (int round = 0; round < 2; ++round)
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto r = value(co_await client.execute(all[i], parameters{}, soon()));
            BOOST_TEST(r.front().get<std::int64_t>(0) == static_cast<std::int64_t>(i));
        }
}

const statement echo{"test.echo", access::read, "SELECT $1::text"};

awaitable<> echo_both_types(db::client& client) {
    const auto text = value(co_await client.execute(echo, parameters{"seven"}, soon()));
    BOOST_TEST(text.front().get<std::string>(0) == "seven");
    const auto number = value(co_await client.execute(echo, parameters{std::int64_t{7}}, soon()));
    BOOST_TEST(number.front().get<std::string>(0) == "7");
    const auto again = value(co_await client.execute(echo, parameters{"eight"}, soon()));
    BOOST_TEST(again.front().get<std::string>(0) == "eight");
}

const statement repeat{"test.repeat", access::read, "SELECT repeat('x', $1::int4)"};
const statement end_here{"test.end_here", access::read, "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(1)"};
const statement measure{"test.measure", access::read, "SELECT length($1::text)"};
const statement own_process{"test.own_process", access::read, "SELECT pg_backend_pid()::int8"};

} // namespace

BOOST_AUTO_TEST_SUITE(lanes)

// libpq reads the answer to the first and finds the connection reset: it forgets what else was asked for.
BOOST_AUTO_TEST_CASE(a_connection_that_is_reset_behind_an_answer_leaves_nobody_waiting) {
    for (const std::int32_t length : {100, 100'000, 1'000'000}) {
        database t{one_of_each()};
        t.turn_until([&] { return t.client.reachable(); });
        const auto server_process =
            value(run(t.loop, t.client.execute(own_process, {}, soon()))).front().get<std::int64_t>(0);
        std::array<std::string, 3> ended;
        const auto ask = [&](std::size_t nth, const statement& what, parameters values) {
            server::asio::co_spawn(
                t.loop, into(&ended[nth], &t.client, &what, std::move(values), soon()), [](std::exception_ptr) {});
        };
        ask(0, repeat, parameters{length});
        ask(1, end_here, parameters{});
        ask(2, measure, parameters{std::string(100'000, 'x')});
        t.loop.restart();
        t.loop.poll();
        // All of it is there before any is read, or as much as there is room for.
        t.postgres.wait_until(
            "SELECT count(*) FROM pg_stat_activity WHERE pid = " + std::to_string(server_process) +
                " AND wait_event IS DISTINCT FROM 'ClientWrite'",
            "0");
        t.turn_until([&] { return std::none_of(ended.begin(), ended.end(), [](auto& e) { return e.empty(); }); });
        BOOST_TEST(ended[0] == "OK", length);
        BOOST_TEST(ended[1] == "DEPENDENCY_UNAVAILABLE", length);
        // The second ends the next connection too. Whether libpq still says of what is behind it that it was aborted,
        // or nothing, is a matter of what it reads together.
        BOOST_TEST((ended[2] == "OK" || ended[2] == "DEPENDENCY_UNAVAILABLE"), length << " " << ended[2]);
    }
}

BOOST_AUTO_TEST_CASE(a_long_read_does_not_stay_on_the_shared_connections) {
    auto options = one_of_each();
    options.read_timeout = 300ms;
    database db{options};
    std::string cut;
    std::string other;
    std::vector<awaitable<>> all;
    all.push_back(into(&cut, &db.client, &sleep_reading, parameters{std::int64_t{20'000}}, soon()));
    all.push_back(into(&other, &db.client, &select_sum, parameters{std::int64_t{1}, std::int64_t{2}}, soon()));
    run_all(db.loop, std::move(all));
    BOOST_TEST(cut == "DEADLINE_EXCEEDED");
    BOOST_TEST(other == "OK");
    std::string listed;
    run(db.loop, into(&listed, &db.client.lists(), &sleep_reading, parameters{std::int64_t{500}}, soon()));
    BOOST_TEST(listed == "OK");
}

BOOST_AUTO_TEST_CASE(of_the_connections_for_lists_one_tenant_has_half) {
    auto options = one_of_each();
    options.list_connections = 2;
    database db{options};
    const auto a = server::uuid::v7();
    const auto b = server::uuid::v7();
    std::vector<std::string> busy(3);
    std::string other;
    std::vector<awaitable<>> all;
    for (auto& each : busy)
        all.push_back(into(&each, &db.client.lists(), &sleep_of_tenant, parameters{a, std::int64_t{20'000}}, in(3s)));
    all.push_back(into(&other, &db.client.lists(), &sleep_of_tenant, parameters{b, std::int64_t{0}}, in(3s)));
    run_all(db.loop, std::move(all));
    BOOST_TEST(other == "OK");
    for (const auto& each : busy)
        BOOST_TEST(each == "DEADLINE_EXCEEDED");
}

BOOST_AUTO_TEST_CASE(a_list_does_not_write) {
    database db{one_of_each()};
    std::string refused;
    run(db.loop, into(&refused, &db.client.lists(), &sleep_writing, parameters{std::int64_t{0}}, soon()));
    BOOST_TEST(refused == "INTERNAL");
}

BOOST_AUTO_TEST_CASE(a_read_returns_its_rows) {
    database db;
    run(db.loop, sum(db.client));
    db.turn_until([&] { return db.client.reachable(); });
}

BOOST_AUTO_TEST_CASE(a_violated_constraint_is_a_conflict_with_its_name) {
    database db;
    db.sql("CREATE TABLE things (id int8 PRIMARY KEY)");
    run(db.loop, insert_twice(db.client));
}

// Class 23 without a constraint: not what the caller sent.
BOOST_AUTO_TEST_CASE(what_no_constraint_refused_is_no_conflict) {
    database db;
    db.sql("CREATE TABLE months (at date NOT NULL) PARTITION BY RANGE (at); CREATE TABLE first_month PARTITION OF "
           "months FOR "
           "VALUES FROM ('2026-01-01') TO ('2026-02-01'); CREATE DOMAIN small AS int CONSTRAINT is_small CHECK (value "
           "< 10); "
           "CREATE TABLE things (id small); CREATE TABLE plain (id int NOT NULL)");
    const auto refusal = [&](const char* sql) {
        const db::statement what{"test.write", db::access::write, sql};
        const auto done = run(db.loop, db.client.execute(what, {}, soon()));
        return code(done) + " " + (done.has_error() ? done.error().constraint : "");
    };
    BOOST_TEST(refusal("insert into months values ('2026-02-01')") == "DEPENDENCY_UNAVAILABLE no_partition");
    BOOST_TEST(refusal("insert into first_month values ('2026-02-01')") == "DEPENDENCY_UNAVAILABLE no_partition");
    BOOST_TEST(refusal("insert into plain values (null)") == "INTERNAL ");
    BOOST_TEST(refusal("insert into things values (11)") == "CONFLICT is_small");
}

BOOST_AUTO_TEST_CASE(neighbours_of_an_error_are_answered) {
    database db{one_of_each()};
    run(db.loop, sum(db.client));
    std::vector<awaitable<>> all;
    for (std::int64_t i = 0; i < 400; ++i)
        all.push_back(divide_by(db.client, i % 7));
    run_all(db.loop, std::move(all));
}

BOOST_AUTO_TEST_CASE(a_failed_write_does_not_touch_its_neighbours) {
    database db{one_of_each()};
    db.sql("CREATE TABLE things (id int8 PRIMARY KEY)");
    std::vector<std::string> answers(200);
    std::vector<awaitable<>> all;
    for (std::size_t i = 0; i < answers.size(); ++i)
        all.push_back(
            into(&answers[i], &db.client, &insert_thing, parameters{static_cast<std::int64_t>(i / 2)}, soon()));
    run_all(db.loop, std::move(all));
    for (std::size_t i = 0; i < answers.size(); i += 2) {
        const auto pair = std::minmax(answers[i], answers[i + 1]);
        BOOST_TEST(pair.first == "CONFLICT", i);
        BOOST_TEST(pair.second == "OK", i);
    }
    BOOST_TEST(db.sql("SELECT count(*) FROM things") == "100");
}

BOOST_AUTO_TEST_CASE(a_write_is_answered_by_its_commit) {
    database db;
    db.sql("CREATE TABLE owners (id int8 PRIMARY KEY);"
           "CREATE TABLE things (id int8 CONSTRAINT things_owner REFERENCES owners DEFERRABLE INITIALLY DEFERRED)");
    run(db.loop, expect(db.client, insert_thing, parameters{std::int64_t{1}}, "CONFLICT"));
    BOOST_TEST(db.sql("SELECT count(*) FROM things") == "0");
}

BOOST_AUTO_TEST_CASE(a_changed_table_does_not_break_prepared_statements) {
    database db{one_of_each()};
    db.sql("CREATE TABLE things (id int8 PRIMARY KEY)");
    run(db.loop, expect(db.client, insert_thing, parameters{std::int64_t{1}}, "OK"));
    run(db.loop, expect(db.client, all_things, parameters{}, "OK"));
    db.sql("ALTER TABLE things ADD COLUMN note text");
    run(db.loop, expect(db.client, all_things, parameters{}, "OK"));
    run(db.loop, expect(db.client, insert_thing, parameters{std::int64_t{2}}, "OK"));
    BOOST_TEST(db.sql("SELECT count(*) FROM things") == "2");
}

BOOST_AUTO_TEST_CASE(a_statement_that_the_server_forgot_is_prepared_again) {
    static const statement forget{"test.forget", access::read, "DEALLOCATE ALL"};
    database db{one_of_each()};
    run(db.loop, sum(db.client));
    run(db.loop, expect(db.client, forget, parameters{}, "OK"));
    run(db.loop, sum(db.client));
}

BOOST_AUTO_TEST_CASE(more_statements_than_the_cache_holds) {
    database db{one_of_each()};
    std::deque<statement> all;
    for (int i = 0; i < 300; ++i)
        all.emplace_back("test.many", access::read, "SELECT " + std::to_string(i) + "::int8");
    run(db.loop, run_all_statements(db.client, all));
    static const statement count{"test.count", access::read, "SELECT count(*) FROM pg_prepared_statements"};
    const auto held = value(run(db.loop, db.client.execute(count, parameters{}, soon())));
    BOOST_TEST(held.front().get<std::int64_t>(0) == 256); // that one among them
}

BOOST_AUTO_TEST_CASE(one_statement_with_two_parameter_types) {
    database db{one_of_each()};
    run(db.loop, echo_both_types(db.client));
}

BOOST_AUTO_TEST_CASE(a_sent_read_past_its_deadline_is_abandoned_and_cancelled) {
    database db{one_of_each()};
    run(db.loop, sum(db.client));
    std::string answer;
    run(db.loop, give_up_soon(db.client, sleep_reading, &answer));
    BOOST_TEST(answer == "DEADLINE_EXCEEDED");
    // Long before the 20 s that it would have slept.
    run(db.loop, sum(db.client));
    db.postgres.wait_until(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(%' AND state = 'active'"
        " AND pid <> pg_backend_pid()",
        "0");
}

BOOST_AUTO_TEST_CASE(writes_past_their_deadline_are_in_doubt_when_sent_and_certain_when_not) {
    database db{one_of_each()};
    run(db.loop, expect(db.client, sleep_writing, parameters{std::int64_t{0}}, "OK"));
    std::vector<std::string> answers(12);
    std::vector<awaitable<>> all;
    for (auto& answer : answers)
        all.push_back(give_up_soon(db.client, sleep_writing, &answer));
    run_all(db.loop, std::move(all));
    BOOST_TEST(std::count(answers.begin(), answers.end(), "OUTCOME_UNKNOWN") == 8);
    BOOST_TEST(std::count(answers.begin(), answers.end(), "DEADLINE_EXCEEDED") == 4);
    run(db.loop, expect(db.client, sleep_writing, parameters{std::int64_t{0}}, "OK"));
}

BOOST_AUTO_TEST_CASE(the_servers_own_statement_timeout_is_a_deadline) {
    auto options = one_of_each();
    options.statement_timeout = 100ms;
    database db{options};
    run(db.loop, expect(db.client, sleep_reading, parameters{std::int64_t{20000}}, "DEADLINE_EXCEEDED"));
    run(db.loop, expect(db.client, sleep_writing, parameters{std::int64_t{20000}}, "DEADLINE_EXCEEDED"));
    run(db.loop, sum(db.client));
}

BOOST_AUTO_TEST_CASE(a_full_lane_refuses) {
    auto options = one_of_each();
    options.lane_depth = 4;
    database db{options};
    std::vector<std::string> answers(6);
    std::vector<awaitable<>> all;
    for (auto& answer : answers)
        all.push_back(into(&answer, &db.client, &sleep_reading, parameters{std::int64_t{50}}, soon()));
    run_all(db.loop, std::move(all));
    BOOST_TEST(std::count(answers.begin(), answers.end(), "OK") == 4);
    BOOST_TEST(std::count(answers.begin(), answers.end(), "OVERLOADED") == 2);
}

BOOST_AUTO_TEST_CASE(a_deadline_that_has_passed_sends_nothing) {
    database db;
    db.sql("CREATE TABLE things (id int8 PRIMARY KEY)");
    const auto r = run(db.loop, db.client.execute(insert_thing, parameters{std::int64_t{1}}, in(-1ms)));
    BOOST_TEST(code(r) == "DEADLINE_EXCEEDED");
    BOOST_TEST(db.sql("SELECT count(*) FROM things") == "0");
}

BOOST_AUTO_TEST_CASE(a_cancelled_caller_ends_and_leaves_the_lane_whole) {
    database db{one_of_each()};
    run(db.loop, sum(db.client));
    for (const auto* what : {&sleep_reading, &sleep_writing}) {
        server::asio::cancellation_signal cancel;
        bool done = false;
        std::string answer;
        // An abandoned write of another case may go on sleeping.
        const auto began = db.postgres.query("SELECT clock_timestamp()");
        server::asio::co_spawn(
            db.loop, into(&answer, &db.client, what, parameters{std::int64_t{3'000}}, soon()),
            server::asio::bind_cancellation_slot(cancel.slot(), [&done](std::exception_ptr) { done = true; }));
        const std::string sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query = '" + what->sql() +
                                     "' AND state = 'active' AND query_start > '" + began + "'";
        db.turn_until([&] { return db.postgres.query(sleeping) == "1"; });
        cancel.emit(server::asio::cancellation_type::terminal);
        db.turn_until([&] { return done; });
        BOOST_TEST(answer == (what == &sleep_reading ? "DEADLINE_EXCEEDED" : "OUTCOME_UNKNOWN"));
    }
    run(db.loop, sum(db.client));
}

BOOST_AUTO_TEST_CASE(after_stop_nothing_is_accepted) {
    database db;
    run(db.loop, sum(db.client));
    run(db.loop, db.client.stop(soon()));
    BOOST_TEST(code(run(db.loop, db.client.execute(all_things, parameters{}, soon()))) == "SHUTTING_DOWN");
    BOOST_TEST(code(run(db.loop, db.client.begin(soon()))) == "SHUTTING_DOWN");
}

BOOST_AUTO_TEST_CASE(stop_waits_for_what_is_in_flight) {
    database db;
    std::string answer;
    std::vector<awaitable<>> both;
    both.push_back(into(&answer, &db.client, &sleep_writing, parameters{std::int64_t{200}}, soon()));
    both.push_back(db.client.stop(soon()));
    run_all(db.loop, std::move(both));
    BOOST_TEST(answer == "OK");
}

BOOST_AUTO_TEST_CASE(a_client_destroyed_with_callers_waiting_destroys_them) {
    postgres_server& at = postgres_server::shared();
    server::asio::io_context loop;
    prometheus::Registry metrics;
    std::string answer = "none";
    {
        db::client client{loop, database::complete({}, at.url(), at.fresh_schema()), metrics};
        client.start();
        server::asio::co_spawn(
            loop, into(&answer, &client, &sleep_reading, parameters{std::int64_t{5'000}}, soon()),
            [](std::exception_ptr) {});
        loop.run_for(50ms);
    }
    BOOST_TEST(answer == "none");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::lanes_test
