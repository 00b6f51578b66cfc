#include "tests/integration/db/fixture.hpp"

namespace bursar::tests::transactions_test {

using namespace std::chrono_literals;
using db::access;
using db::parameters;
using db::statement;
using server::awaitable;

namespace {

const statement insert{"test.insert", access::write, "INSERT INTO things VALUES ($1)"};
const statement count{"test.count", access::read, "SELECT count(*) FROM things"};
const statement save{"test.save", access::write, "SAVEPOINT here"};
const statement restore{"test.restore", access::write, "ROLLBACK TO here"};
const statement sleep_for{"test.sleep", access::write, "SELECT pg_sleep($1::int8 / 1000.0)"};

const statement take{"test.take", access::write, "SELECT id FROM things FOR UPDATE NOWAIT"};

parameters id(std::int64_t n) {
    return parameters{n};
}

struct tables : database {
    explicit tables(db::client_options options = {})
        : database(std::move(options)) {
        sql("CREATE TABLE things (id int8 PRIMARY KEY);"
            "CREATE TABLE owners (id int8 PRIMARY KEY);"
            "CREATE TABLE owned (id int8 REFERENCES owners DEFERRABLE INITIALLY DEFERRED)");
    }
    std::string things() const { return sql("SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM things"); }
};

db::client_options leases(std::size_t n) {
    db::client_options o;
    o.lease_connections = n;
    return o;
}

awaitable<> commit_two(db::client& client) {
    auto tx = value(co_await client.begin(soon()));
    value(co_await tx.execute(insert, id(1), soon()));
    const auto seen = value(co_await tx.execute(count, parameters{}, soon()));
    BOOST_TEST(seen.front().get<std::int64_t>(0) == 1);
    const auto outside = value(co_await client.execute(count, parameters{}, soon()));
    BOOST_TEST(outside.front().get<std::int64_t>(0) == 0);
    value(co_await tx.execute(insert, id(2), soon()));
    value(co_await tx.commit(soon()));
    BOOST_TEST(code(co_await tx.execute(insert, id(3), soon())) == "INTERNAL");
}

awaitable<> last_statement_commits(db::client& client) {
    auto tx = value(co_await client.begin(soon()));
    tx.enqueue(insert, id(1));
    value(co_await tx.execute_and_commit(insert, id(2), soon()));
}

awaitable<> leave_without_commit(db::client& client) {
    auto tx = value(co_await client.begin(soon()));
    value(co_await tx.execute(insert, id(1), soon()));
}

awaitable<> roll_back(db::client& client) {
    auto tx = value(co_await client.begin(soon()));
    value(co_await tx.execute(insert, id(1), soon()));
    value(co_await tx.rollback(soon()));
}

// Two transactions at one row: the second is told that it may try again at once.
awaitable<> stand_in_the_way(db::client& client) {
    value(co_await client.execute(insert, id(1), soon()));
    auto first = value(co_await client.begin(soon()));
    value(co_await first.execute(take, parameters{}, soon()));
    auto second = value(co_await client.begin(soon()));
    const auto refused = co_await second.execute(take, parameters{}, soon());
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().sqlstate == "55P03");
    BOOST_TEST((refused.error().retry() == server::retry_class::at_once));
    value(co_await first.commit(soon()));
    const auto twice = co_await client.execute(insert, id(1), soon());
    BOOST_REQUIRE(!twice);
    BOOST_TEST(twice.error().sqlstate == "23505");
    BOOST_TEST((twice.error().retry() == server::retry_class::never));
}

awaitable<> failed_then_commit(db::client& client) {
    auto tx = value(co_await client.begin(soon()));
    value(co_await tx.execute(insert, id(1), soon()));
    BOOST_TEST(code(co_await tx.execute(insert, id(1), soon())) == "CONFLICT");
    BOOST_TEST(code(co_await tx.execute(insert, id(2), soon())) == "INTERNAL");
    const auto done = co_await tx.commit(soon());
    BOOST_TEST(code(done) != "OK");
}

awaitable<> failed_last_statement(db::client& client) {
    auto tx = value(co_await client.begin(soon()));
    value(co_await tx.execute(insert, id(1), soon()));
    const auto done = co_await tx.execute_and_commit(insert, id(1), soon());
    BOOST_TEST(code(done) == "CONFLICT");
    BOOST_TEST(done.error().constraint == "things_pkey");
}

awaitable<> failed_queued_statement(db::client& client) {
    auto tx = value(co_await client.begin(soon()));
    value(co_await tx.execute(insert, id(1), soon()));
    tx.enqueue(insert, id(1));
    BOOST_TEST(code(co_await tx.execute_and_commit(insert, id(2), soon())) == "CONFLICT");
}

awaitable<> go_back_to_savepoint(db::client& client) {
    auto tx = value(co_await client.begin(soon()));
    value(co_await tx.execute(insert, id(1), soon()));
    tx.enqueue(save, parameters{});
    BOOST_TEST(code(co_await tx.execute(insert, id(1), soon())) == "CONFLICT");
    tx.enqueue(restore, parameters{});
    value(co_await tx.execute(insert, id(2), soon()));
    value(co_await tx.commit(soon()));
}

const statement insert_owned{"test.owned", access::write, "INSERT INTO owned VALUES ($1)"};

awaitable<> commit_refused(db::client& client) {
    auto tx = value(co_await client.begin(soon()));
    value(co_await tx.execute(insert_owned, id(1), soon()));
    BOOST_TEST(code(co_await tx.commit(soon())) == "CONFLICT");
}

awaitable<> too_slow(db::client& client) {
    auto tx = value(co_await client.begin(soon()));
    value(co_await tx.execute(insert, id(1), soon()));
    BOOST_TEST(code(co_await tx.execute(sleep_for, id(20000), in(100ms))) == "DEADLINE_EXCEEDED");
    BOOST_TEST(code(co_await tx.commit(soon())) == "DEPENDENCY_UNAVAILABLE");
}

awaitable<> hold(db::client& client, std::int64_t milliseconds, std::string* out, std::vector<int>* order, int number) {
    auto tx = co_await client.begin(soon());
    *out = code(tx);
    if (tx.has_error())
        co_return;
    order->push_back(number);
    value(co_await tx->execute(sleep_for, id(milliseconds), soon()));
    value(co_await tx->commit(soon()));
}

awaitable<> wait_shortly(db::client& client, std::string* out) {
    const auto tx = co_await client.begin(in(100ms));
    *out = code(tx);
}

awaitable<> nothing_at_all(db::client& client) {
    auto tx = value(co_await client.begin(soon()));
    value(co_await tx.commit(soon()));
}

const statement who{"test.who", access::read, "SELECT pg_backend_pid()"};
const statement weigh{"test.weigh", access::write, "INSERT INTO things VALUES (length($1))"};

// Keeps the loop from hearing of it: the backend has answered, and is ended before the answer is read.
void end_when_idle(const database& at, std::int32_t backend) {
    const auto of_it = " from pg_stat_activity where pid = " + std::to_string(backend);
    at.postgres.wait_until("select state" + of_it, "idle in transaction");
    at.sql("select pg_terminate_backend(" + std::to_string(backend) + ")");
    at.postgres.wait_until("select count(*)" + of_it, "0");
}

awaitable<> write_to_a_backend_that_has_gone(database& at, std::size_t size, std::string* out) {
    auto tx = value(co_await at.client.begin(soon()));
    const auto shown = value(co_await tx.execute(who, parameters{}, soon()));
    const auto backend = shown.front().get<std::int32_t>(0);
    server::asio::post(at.loop, [&] { end_when_idle(at, backend); });
    value(co_await tx.execute(count, parameters{}, soon()));
    *out = code(co_await tx.execute_and_commit(weigh, parameters{std::string(size, 'x')}, soon()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(transactions)

BOOST_AUTO_TEST_CASE(committed_statements_last) {
    tables db;
    run(db.loop, commit_two(db.client));
    BOOST_TEST(db.things() == "1,2");
}

BOOST_AUTO_TEST_CASE(queued_statements_and_the_commit_share_one_round_trip) {
    tables db;
    run(db.loop, last_statement_commits(db.client));
    BOOST_TEST(db.things() == "1,2");
}

BOOST_AUTO_TEST_CASE(released_or_rolled_back_nothing_lasts_and_the_connection_serves_again) {
    tables db{leases(1)};
    run(db.loop, leave_without_commit(db.client));
    run(db.loop, roll_back(db.client));
    BOOST_TEST(db.things() == "");
    run(db.loop, last_statement_commits(db.client));
    BOOST_TEST(db.things() == "1,2");
    db.postgres.wait_until("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'", "0");
}

BOOST_AUTO_TEST_CASE(a_failed_transaction_does_not_commit) {
    tables db{leases(1)};
    run(db.loop, failed_then_commit(db.client));
    run(db.loop, failed_last_statement(db.client));
    run(db.loop, failed_queued_statement(db.client));
    BOOST_TEST(db.things() == "");
}

BOOST_AUTO_TEST_CASE(what_another_transaction_was_in_the_way_of_may_be_tried_at_once) {
    tables db;
    run(db.loop, stand_in_the_way(db.client));
}

BOOST_AUTO_TEST_CASE(a_savepoint_survives_a_failed_statement) {
    tables db;
    run(db.loop, go_back_to_savepoint(db.client));
    BOOST_TEST(db.things() == "1,2");
}

BOOST_AUTO_TEST_CASE(a_commit_that_a_deferred_constraint_refuses_is_a_conflict) {
    tables db;
    run(db.loop, commit_refused(db.client));
    BOOST_TEST(db.sql("SELECT count(*) FROM owned") == "0");
}

BOOST_AUTO_TEST_CASE(a_statement_past_its_deadline_breaks_the_transaction_and_frees_the_connection) {
    tables db{leases(1)};
    run(db.loop, too_slow(db.client));
    run(db.loop, last_statement_commits(db.client));
    BOOST_TEST(db.things() == "1,2");
}

// What libpq has not sent yet when it finds the connection lost it forgets, the end of the step with it.
BOOST_AUTO_TEST_CASE(a_backend_that_ends_between_two_steps_leaves_nobody_waiting) {
    tables t{leases(1)};
    for (const std::size_t size : {100U, 9'000U, 20'000U, 200'000U, 4'000'000U}) {
        std::string ended;
        server::asio::co_spawn(
            t.loop, write_to_a_backend_that_has_gone(t, size, &ended), [](const std::exception_ptr& failed) {
                if (failed)
                    std::rethrow_exception(failed);
            });
        t.turn_until([&] { return !ended.empty(); });
        BOOST_TEST((ended == "DEPENDENCY_UNAVAILABLE" || ended == "OUTCOME_UNKNOWN"), size << ": " << ended);
        BOOST_TEST(t.things() == "");
    }
    run(t.loop, last_statement_commits(t.client));
    BOOST_TEST(t.things() == "1,2");
}

BOOST_AUTO_TEST_CASE(callers_wait_their_turn) {
    tables db{leases(1)};
    std::vector<std::string> answers(5);
    std::vector<int> order;
    std::vector<awaitable<>> all;
    for (std::size_t i = 0; i < answers.size(); ++i)
        all.push_back(hold(db.client, 20, &answers[i], &order, static_cast<int>(i)));
    run_all(db.loop, std::move(all));
    BOOST_TEST(order == (std::vector<int>{0, 1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(the_queue_has_an_end_and_a_deadline) {
    auto options = leases(1);
    options.lease_queue = 2;
    tables db{options};
    std::vector<std::string> answers(4);
    std::vector<int> order;
    std::vector<awaitable<>> all;
    run(db.loop, nothing_at_all(db.client));
    all.push_back(hold(db.client, 500, &answers[0], &order, 0));
    all.push_back(wait_shortly(db.client, &answers[1]));
    all.push_back(hold(db.client, 0, &answers[2], &order, 2));
    all.push_back(hold(db.client, 0, &answers[3], &order, 3));
    run_all(db.loop, std::move(all));
    BOOST_TEST(answers == (std::vector<std::string>{"OK", "DEADLINE_EXCEEDED", "OK", "OVERLOADED"}));
}

BOOST_AUTO_TEST_CASE(a_transaction_may_outlive_its_client) {
    tables db;
    std::optional<db::transaction> kept;
    {
        db::client client{db.loop, database::complete({}, db.postgres.url(), db.schema), db.metrics};
        client.start();
        kept.emplace(value(run(db.loop, client.begin(soon()))));
        value(run(db.loop, kept->execute(insert, id(1), soon())));
    }
    BOOST_TEST(code(run(db.loop, kept->execute(insert, id(2), soon()))) == "DEPENDENCY_UNAVAILABLE");
    kept.reset();
    BOOST_TEST(db.things() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::transactions_test
