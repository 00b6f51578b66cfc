#include "tests/integration/db/fixture.hpp"

namespace bursar::tests::outage_test {

using namespace std::chrono_literals;
using db::access;
using db::parameters;
using db::statement;
using server::awaitable;
using server::steady_clock;

namespace {

const statement insert{"test.insert", access::write, "INSERT INTO things VALUES ($1)"};
const statement one{"test.one", access::read, "SELECT 1::int8"};

struct tally {
    bool stop = false;
    std::vector<std::int64_t> acknowledged;
    std::vector<std::int64_t> refused;
    std::size_t unknown = 0;
    std::size_t reads = 0;
};

awaitable<> keep_writing(db::client& client, tally& t, std::int64_t first) {
    server::timer pause{co_await server::asio::this_coro::executor};
    for (auto id = first; !t.stop; ++id) {
        const auto r = co_await client.execute(insert, parameters{id}, in(5s));
        if (r.has_value()) {
            t.acknowledged.push_back(id);
        } else if (r.error().code == server::errc::outcome_unknown) {
            ++t.unknown;
        } else {
            t.refused.push_back(id);
        }
        pause.expires_after(1ms);
        co_await pause.async_wait(server::use_awaitable);
    }
}

awaitable<> keep_reading(db::client& client, tally& t) {
    server::timer pause{co_await server::asio::this_coro::executor};
    while (!t.stop) {
        const auto r = co_await client.execute(one, parameters{}, in(5s));
        t.reads += r.has_value() ? 1U : 0U;
        pause.expires_after(1ms);
        co_await pause.async_wait(server::use_awaitable);
    }
}

std::string joined(const std::vector<std::int64_t>& ids) {
    std::string out = "{";
    for (const auto id : ids)
        out += (out.size() > 1 ? "," : "") + std::to_string(id);
    return out + "}";
}

void survive(postgres_server::settings how, void (*interrupt)(postgres_server&)) {
    // Before the loop, which still turns when a check throws.
    tally t;
    std::size_t running = 0;
    postgres_server postgres{std::move(how)};
    database db{{}, postgres};
    db.sql("CREATE TABLE things (id int8)");
    const auto ended = [&running](std::exception_ptr) { --running; };
    for (std::int64_t writer = 0; writer < 8; ++writer, ++running)
        server::asio::co_spawn(db.loop, keep_writing(db.client, t, writer * 1'000'000), ended);
    for (int reader = 0; reader < 4; ++reader, ++running)
        server::asio::co_spawn(db.loop, keep_reading(db.client, t), ended);
    db.turn_until([&] { return t.acknowledged.size() > 100 && t.reads > 100; });
    interrupt(postgres);
    db.turn_until([&] { return !t.refused.empty(); });
    // What was accepted before it was known to be away is lost with its connection or waits for its deadline; then
    // calls fail at once.
    db.turn_until([&] {
        auto r = run(db.loop, db.client.execute(one, parameters{}, in(1s)));
        return !r && r.error().detail.starts_with("PostgreSQL is away");
    });
    const auto began = steady_clock::now();
    BOOST_TEST(code(run(db.loop, db.client.execute(one, parameters{}, soon()))) == "DEPENDENCY_UNAVAILABLE");
    BOOST_TEST((steady_clock::now() - began < 10s));
    BOOST_TEST(!db.client.reachable());
    const auto before = t.acknowledged.size();
    const auto reads_before = t.reads;
    postgres.start();
    db.turn_until([&] { return t.acknowledged.size() > before + 100 && t.reads > reads_before + 100; });
    t.stop = true;
    db.turn_until([&] { return running == 0; });
    // Nothing acknowledged is missing, nothing refused is there, nothing is there twice.
    BOOST_TEST(
        db.sql("SELECT count(*) FROM things WHERE id = ANY ('" + joined(t.acknowledged) + "'::int8[])") ==
        std::to_string(t.acknowledged.size()));
    BOOST_TEST(db.sql("SELECT count(*) FROM things WHERE id = ANY ('" + joined(t.refused) + "'::int8[])") == "0");
    BOOST_TEST(db.sql("SELECT count(*) - count(DISTINCT id) FROM things") == "0");
}

} // namespace

BOOST_AUTO_TEST_SUITE(outages)

BOOST_AUTO_TEST_CASE(a_server_that_stops_and_starts) {
    survive({}, [](postgres_server& p) { p.stop(); });
}

BOOST_AUTO_TEST_CASE(a_server_that_is_shut_down_at_once) {
    survive({.durable = true}, [](postgres_server& p) { p.stop(postgres_server::stopping::immediate); });
}

BOOST_AUTO_TEST_CASE(a_server_killed_by_force_keeps_what_it_acknowledged) {
    survive({.durable = true}, [](postgres_server& p) { p.kill(); });
}

BOOST_AUTO_TEST_CASE(calls_before_the_first_connection_fail_fast_when_nobody_listens) {
    postgres_server postgres;
    const auto url = postgres.tcp_url();
    postgres.stop();
    server::asio::io_context loop;
    prometheus::Registry metrics;
    db::client_options options;
    options.url = url;
    db::client client{loop, options, metrics};
    client.start();
    loop.run_for(200ms);
    const auto r = run(loop, client.execute(one, parameters{}, soon()));
    BOOST_TEST(code(r) == "DEPENDENCY_UNAVAILABLE");
    BOOST_TEST(code(run(loop, client.begin(soon()))) == "DEPENDENCY_UNAVAILABLE");
    postgres.start();
    const auto until = soon();
    while (!client.reachable() && steady_clock::now() < until) {
        loop.restart();
        loop.run_one_for(10ms);
    }
    BOOST_TEST(code(run(loop, client.execute(one, parameters{}, soon()))) == "OK");
    run(loop, client.stop(soon()));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::outage_test
