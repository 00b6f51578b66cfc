// Reports: long reads on connections of their own.
#include "tests/integration/db/fixture.hpp"

namespace bursar::tests::reports_test {

using namespace bursar::db;
using bursar::server::awaitable;

namespace {

const statement one{"test.one", access::read, "SELECT 1::int8"};
const statement time_limit{"test.time_limit", access::read, "SELECT current_setting('statement_timeout')"};
const statement planning{
    "test.planning", access::read,
    "SELECT concat_ws(' ', current_setting('enable_seqscan'), current_setting('enable_sort'))"};
const statement where{"test.where", access::read, "SELECT current_database()::text"};
const statement stuck{"test.stuck", access::read, "SELECT pg_advisory_lock_shared(4711)::text"};
const statement change{"test.change", access::write, "SELECT 1"};

// Holds the lock that `stuck` waits for.
class lock_holder {
public:
    explicit lock_holder(database& db)
        : db_(db) {
        run(db.loop, take());
    }
    void let_go() { run(db_.loop, held_->rollback(soon())); }

private:
    awaitable<> take() {
        held_.emplace(value(co_await db_.client.begin(soon())));
        value(co_await held_->execute(lock_, parameters{}, soon()));
    }

    const statement lock_{"test.lock", access::write, "SELECT pg_advisory_xact_lock(4711)"};
    database& db_;
    std::optional<transaction> held_;
};

std::string waiting(const database& db) {
    return db.sql("select count(*) from pg_locks where locktype = 'advisory' and not granted");
}

void start(database& db, std::string* out, const statement& what) {
    bursar::server::asio::co_spawn(
        db.loop, into(out, &db.client.reports(), &what, parameters{}, soon()), [](std::exception_ptr) {});
}

std::string first(database& db, session& on, const statement& what) {
    auto got = run(db.loop, on.execute(what, parameters{}, soon()));
    return value(std::move(got)).front().get<std::string>(0);
}

client_options two_reports() {
    client_options options;
    options.report_connections = 2;
    return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(reports)

BOOST_AUTO_TEST_CASE(have_a_time_limit_of_their_own) {
    client_options options;
    options.report_timeout = std::chrono::seconds{90};
    database db{options};
    BOOST_TEST(first(db, db.client.reports(), time_limit) == "90s");
    BOOST_TEST(first(db, db.client.lists(), time_limit) == "10s");
    BOOST_TEST(first(db, db.client, time_limit) == "2s");
    const auto before = in(std::chrono::seconds{90});
    const auto given = db.client.report_deadline();
    BOOST_TEST((given >= before && given <= in(std::chrono::seconds{90})));
}

BOOST_AUTO_TEST_CASE(walk_indexes_in_their_order) {
    database db;
    BOOST_TEST(first(db, db.client.reports(), planning) == "off off");
    BOOST_TEST(first(db, db.client, planning) == "on on");
}

// Pipelined behind the first, every other one would wait for the lock.
BOOST_AUTO_TEST_CASE(a_long_one_holds_up_no_other_while_a_connection_is_free) {
    database db{two_reports()};
    lock_holder lock{db};
    std::string long_one;
    start(db, &long_one, stuck);
    db.turn_until([&] { return waiting(db) == "1"; });
    std::vector<std::string> answers(20);
    std::vector<awaitable<>> all;
    for (auto& answer : answers)
        all.push_back(into(&answer, &db.client.reports(), &one, parameters{}, soon()));
    run_all(db.loop, std::move(all));
    BOOST_TEST(std::count(answers.begin(), answers.end(), "OK") == 20);
    BOOST_TEST(long_one.empty());
    lock.let_go();
    db.turn_until([&] { return long_one == "OK"; });
}

BOOST_AUTO_TEST_CASE(hold_up_no_other_statement) {
    database db{two_reports()};
    lock_holder lock{db};
    std::vector<std::string> long_ones(5);
    for (auto& each : long_ones)
        start(db, &each, stuck);
    db.turn_until([&] { return waiting(db) == "2"; });
    for (int i = 0; i < 10; ++i)
        value(run(db.loop, db.client.execute(one, parameters{}, soon())));
    BOOST_TEST(std::count(long_ones.begin(), long_ones.end(), "") == 5);
    lock.let_go();
    db.turn_until([&] { return std::count(long_ones.begin(), long_ones.end(), "OK") == 5; });
}

BOOST_AUTO_TEST_CASE(more_than_the_queue_holds_are_refused) {
    auto options = two_reports();
    options.report_queue = 3;
    database db{options};
    lock_holder lock{db};
    std::vector<std::string> answers(4);
    for (auto& each : answers)
        start(db, &each, stuck);
    db.turn_until([&] { return answers[3] == "OVERLOADED"; });
    lock.let_go();
    db.turn_until([&] { return std::count(answers.begin(), answers.end(), "OK") == 3; });
}

BOOST_AUTO_TEST_CASE(are_read_where_they_are_said_to_be_read) {
    auto& postgres = postgres_server::shared();
    postgres.query("CREATE DATABASE elsewhere");
    client_options options;
    options.report_url = postgres.url();
    options.report_url.replace(options.report_url.find("/postgres"), 9, "/elsewhere");
    {
        database db{options, postgres};
        BOOST_TEST(first(db, db.client.reports(), where) == "elsewhere");
        BOOST_TEST(first(db, db.client, where) == "postgres");
    }
    postgres.query("DROP DATABASE elsewhere");
}

BOOST_AUTO_TEST_CASE(fail_fast_when_only_the_replica_is_away) {
    client_options options;
    options.report_url = "host=/nonexistent dbname=none";
    database db{options};
    std::string answer;
    db.turn_until([&] { return db.client.reachable(); });
    run(db.loop, into(&answer, &db.client.reports(), &one, parameters{}, soon()));
    BOOST_TEST(answer == "DEPENDENCY_UNAVAILABLE");
    value(run(db.loop, db.client.execute(one, parameters{}, soon())));
}

BOOST_AUTO_TEST_CASE(do_not_write) {
    database db;
    std::string answer;
    run(db.loop, into(&answer, &db.client.reports(), &change, parameters{}, soon()));
    BOOST_TEST(answer == "INTERNAL");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::reports_test
