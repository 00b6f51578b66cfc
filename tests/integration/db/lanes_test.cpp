#include "tests/integration/db/fixture.hpp"

using namespace bursar;
using namespace bursar::tests;
using db::access;
using db::parameters;
using db::statement;
using server::awaitable;
using server::errc;

namespace {

const statement select_sum{"test.sum", access::read, "SELECT $1::int8 + $2::int8"};

awaitable<> add_up(db::client& client) {
    client.start();
    const auto sum = value(co_await client.execute(select_sum, parameters{std::int64_t{20}, std::int64_t{22}}, soon()));
    BOOST_TEST(sum.size() == 1U);
    BOOST_TEST(sum.front().get<std::int64_t>(0) == 42);
}

const statement make_things{"test.make", access::write, "CREATE TABLE things (id int8 PRIMARY KEY, name text)"};
const statement insert_thing{"test.insert", access::write, "INSERT INTO things VALUES ($1, $2)"};
const statement count_things{"test.count", access::read, "SELECT count(*) FROM things"};

awaitable<> write_some(db::client& client) {
    client.start();
    value(co_await client.execute(make_things, parameters{}, soon()));
    const auto one = value(co_await client.execute(insert_thing, parameters{std::int64_t{1}, "one"}, soon()));
    BOOST_TEST(one.affected() == 1U);
    const auto again = co_await client.execute(insert_thing, parameters{std::int64_t{1}, "one"}, soon());
    BOOST_TEST(code(again) == "CONFLICT");
    BOOST_TEST(again.error().constraint == "things_pkey");
    auto tx = value(co_await client.begin(soon()));
    value(co_await tx.execute(insert_thing, parameters{std::int64_t{2}, "two"}, soon()));
    value(co_await tx.execute_and_commit(insert_thing, parameters{std::int64_t{3}, "three"}, soon()));
    const auto count = value(co_await client.execute(count_things, parameters{}, soon()));
    BOOST_TEST(count.front().get<std::int64_t>(0) == 3);
}

} // namespace

BOOST_AUTO_TEST_SUITE(lanes)

BOOST_AUTO_TEST_CASE(a_read_returns_its_rows) {
    database db;
    run(db.loop, add_up(db.client));
}

BOOST_AUTO_TEST_CASE(writes_and_transactions_are_durable) {
    database db;
    run(db.loop, write_some(db.client));
}

BOOST_AUTO_TEST_SUITE_END()
