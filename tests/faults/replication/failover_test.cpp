// One process, two primaries: it writes to the newer one, and to none of another cluster.
#include "tests/faults/replication/replicated.hpp"
#include "tests/integration/db/fixture.hpp"
#include "tests/support/bursar_server.hpp"
#include "tests/support/deployment.hpp"
#include "tests/support/wait_for.hpp"

namespace bursar::tests::failover_test {

using namespace std::chrono_literals;
using db::access;
using db::parameters;
using db::statement;

namespace {

const statement insert{"test.insert", access::write, "insert into things values ($1)"};
const statement one{"test.one", access::read, "select 1::int8"};

constexpr const char* ours = "from pg_stat_activity where application_name = 'bursar'";

// A client that knows both servers, the first of them before the second.
struct two_primaries {
    two_primaries()
        : old({.durable = true})
        , standby({.durable = true, .standby_of = &old})
        , client(loop, options(), metrics) {
        old.query("create table things (id int8)");
        client.listen(
            "test", [](std::string_view) {}, [](bool) {});
        client.start();
        turn_until([&] { return client.reachable(); });
    }
    ~two_primaries() { run(loop, client.stop(in(10s))); }

    db::client_options options() const {
        db::client_options out;
        out.url = "postgresql://bursar@127.0.0.1:" + std::to_string(old.port()) +
                  ",127.0.0.1:" + std::to_string(standby.port()) + "/postgres";
        return out;
    }

    template <class Condition>
    void turn_until(Condition holds) {
        const auto until = soon();
        while (!holds()) {
            if (server::steady_clock::now() > until)
                throw std::runtime_error("the condition did not come to hold");
            loop.restart();
            loop.run_one_for(5ms);
        }
    }

    // What is acknowledged is there by then: a lost row would be taken for one written to the wrong server.
    void catch_up() const {
        const auto written = old.query("select pg_current_wal_lsn()");
        standby.wait_until("select pg_last_wal_replay_lsn() >= '" + written + "'", "t");
    }
    void promote() { standby.query("select pg_promote()"); }

    // As many more by each lane, each sent until it is acknowledged.
    void write(int count) {
        for (int i = 0; i < 2 * count; ++i) {
            const auto again = [&] {
                const auto id = ++last;
                const auto done = i % 2 == 0 ? run(loop, write_alone(id)) : run(loop, write_and_commit(id));
                if (done)
                    acknowledged.push_back(id);
                return done.has_value();
            };
            turn_until(again);
        }
    }
    server::awaitable<db::result<>> write_alone(std::int64_t id) {
        const auto done = co_await client.execute(insert, parameters{id}, in(5s));
        if (!done)
            co_return done.error();
        co_return db::result<>{};
    }
    server::awaitable<db::result<>> write_and_commit(std::int64_t id) {
        auto on = co_await client.begin(in(5s));
        if (!on)
            co_return on.error();
        const auto done = co_await on->execute_and_commit(insert, parameters{id}, in(5s));
        if (!done)
            co_return done.error();
        co_return db::result<>{};
    }
    // Of those acknowledged from the nth on, so many are not there.
    std::string missing(const postgres_server& at, std::size_t from = 0) const {
        std::string ids;
        for (auto i = from; i < acknowledged.size(); ++i)
            ids += (ids.empty() ? "" : ",") + std::to_string(acknowledged[i]);
        return at.query(
            "select count(*) from unnest('{" + ids +
            "}'::int8[]) u (id) where not exists (select from things t where "
            "t.id = u.id)");
    }

    static std::string rows(const postgres_server& at) { return at.query("select count(*) from things"); }

    postgres_server old;
    postgres_server standby;
    server::asio::io_context loop;
    prometheus::Registry metrics;
    db::client client;
    std::vector<std::int64_t> acknowledged;
    std::int64_t last = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(failover)

BOOST_AUTO_TEST_CASE(an_old_primary_that_comes_back_is_not_written_to) {
    two_primaries p;
    p.write(3);
    p.catch_up();
    const auto before = p.rows(p.old);
    p.old.kill();
    p.promote();
    p.turn_until([&] { return p.client.timeline() == 2 && p.client.reachable(); });
    p.write(3);
    p.old.start(); // nobody told it
    for (int round = 0; round < 3; ++round) {
        p.standby.query(std::string{"select count(pg_terminate_backend(pid)) "} + ours);
        p.turn_until([&] { return p.client.reachable(); });
        p.write(3);
    }
    BOOST_TEST(p.rows(p.old) == before);
    BOOST_TEST(p.missing(p.standby) == "0");
    p.turn_until([&] { return std::string_view{p.client.refused_for()}.empty(); });
}

BOOST_AUTO_TEST_CASE(the_first_connection_to_the_new_primary_ends_those_to_the_old_one) {
    two_primaries p;
    p.write(2);
    p.catch_up();
    p.promote();
    // Writes still go to the old one, which is left by one connection that is made anew.
    p.write(2);
    p.old.query("alter system set default_transaction_read_only = on");
    p.old.query("select pg_reload_conf()");
    p.old.wait_until("show default_transaction_read_only", "on");
    const auto before = p.rows(p.old);
    p.old.query(std::string{"select pg_terminate_backend(min(pid)) "} + ours);
    p.old.query("alter system reset default_transaction_read_only");
    p.turn_until([&] { return p.client.timeline() == 2; });
    p.old.query("select pg_reload_conf()");
    p.turn_until([&] { return p.old.query(std::string{"select count(*) "} + ours) == "0" && p.client.reachable(); });
    const auto begun = p.acknowledged.size();
    p.write(5);
    BOOST_TEST(p.rows(p.old) == before);
    BOOST_TEST(p.missing(p.standby, begun) == "0");
}

BOOST_AUTO_TEST_CASE(another_cluster_at_the_same_place_is_not_spoken_to) {
    postgres_server first;
    database db{{}, first};
    db.turn_until([&] { return db.client.reachable(); });
    first.stop();
    {
        const postgres_server other{{.other_cluster = true, .port = first.port()}};
        db.turn_until([&] { return !std::string_view{db.client.refused_for()}.empty(); });
        db.turn_until([&] {
            return code(run(db.loop, db.client.execute(one, parameters{}, in(300ms)))) == "DEPENDENCY_UNAVAILABLE";
        });
        BOOST_TEST(!db.client.reachable());
    }
    first.start();
    db.turn_until([&] { return db.client.reachable(); });
    BOOST_TEST(code(run(db.loop, db.client.execute(one, parameters{}, soon()))) == "OK");
    BOOST_TEST(std::string_view{db.client.refused_for()} == "");
}

// Reports are read from wherever they are configured to be, as long as it is of the cluster.
BOOST_AUTO_TEST_CASE(a_replica_of_another_cluster_is_not_read_from) {
    postgres_server primary{{.durable = true}};
    const postgres_server replica{{.durable = true, .standby_of = &primary}};
    const postgres_server stranger{{.other_cluster = true}};
    for (const auto* at : {&replica, &stranger}) {
        db::client_options options;
        options.report_url = at->url();
        database db{options, primary};
        db.turn_until([&] { return db.client.reachable(); });
        if (at == &replica) {
            BOOST_TEST(code(run(db.loop, db.client.reports().execute(one, parameters{}, soon()))) == "OK");
        } else {
            db.turn_until(
                [&] { return code(run(db.loop, db.client.reports().execute(one, parameters{}, in(300ms)))) != "OK"; });
            db.turn_until([&] {
                return code(run(db.loop, db.client.reports().execute(one, parameters{}, in(300ms)))) ==
                       "DEPENDENCY_UNAVAILABLE";
            });
            BOOST_TEST(code(run(db.loop, db.client.execute(one, parameters{}, soon()))) == "OK");
        }
    }
}

BOOST_AUTO_TEST_CASE(readiness_and_metrics_tell_of_a_server_that_is_refused) {
    deployment on;
    auto& postgres = on.postgres();
    on.wait_until_ready();
    postgres.stop();
    const postgres_server other{{.other_cluster = true, .port = postgres.port()}};
    other.query("create role bursar_service login");
    on.wait_until_ready(503);
    wait_for([&] { return http_get(on.port(), "/readyz").body.find("another database cluster") != std::string::npos; });
    BOOST_TEST(on.bursar().metric(R"(db_client_servers_refused_total{reason="system"})") > 0);
    on.server().wait_for_line("database_server_refused");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::failover_test
