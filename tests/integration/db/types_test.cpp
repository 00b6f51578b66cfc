#include "tests/integration/db/fixture.hpp"

#include <array>
#include <limits>

namespace bursar::tests::types_test {

using db::access;
using db::parameters;
using db::statement;
using server::awaitable;

namespace {

const statement scalars{
    "test.scalars", access::read,
    "SELECT $1::bool, $2::int2, $3::int4, $4::int8, $5::text, $6::uuid, $7::timestamptz, $8::jsonb, $9::bytea"};

template <class T>
awaitable<T> same(db::client& client, const statement& what, T sent) {
    const auto r = value(co_await client.execute(what, parameters{sent}, soon()));
    const auto row = r.front();
    co_return row.template get<T>(0);
}

awaitable<> round_trip(db::client& client) {
    const auto id = server::uuid::v7();
    const auto at = *server::parse_rfc3339("1999-12-31T23:59:59.123456Z");
    const std::array<std::uint8_t, 4> raw{0, 1, 0xfe, 0xff};
    const auto r = value(co_await client.execute(
        scalars,
        parameters{
            true, std::int16_t{-7}, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int64_t>::max(),
            "Grüße", id, at, db::json{R"({"a": [1, 2]})"}, db::bytes{raw}},
        soon()));
    const auto row = r.front();
    BOOST_TEST(row.get<bool>(0));
    BOOST_TEST(row.get<std::int16_t>(1) == -7);
    BOOST_TEST(row.get<std::int32_t>(2) == std::numeric_limits<std::int32_t>::min());
    BOOST_TEST(row.get<std::int64_t>(3) == std::numeric_limits<std::int64_t>::max());
    BOOST_TEST(row.get<std::string>(4) == "Grüße");
    BOOST_TEST((row.get<server::uuid>(5) == id));
    BOOST_TEST((row.get<server::timestamp>(6) == at));
    BOOST_TEST(row.get<std::string_view>(7) == R"({"a": [1, 2]})");
    const auto back = row.get<std::span<const std::uint8_t>>(8);
    BOOST_TEST(
        std::vector<std::uint8_t>(back.begin(), back.end()) == std::vector<std::uint8_t>(raw.begin(), raw.end()));
    BOOST_CHECK_THROW(row.get<std::int64_t>(2), std::logic_error);
    BOOST_CHECK_THROW(row.get<bool>(9), std::logic_error);
}

awaitable<> nulls(db::client& client) {
    const auto r = value(co_await client.execute(
        scalars,
        parameters{
            std::optional<bool>{}, std::optional<std::int16_t>{}, std::optional<std::int32_t>{},
            std::optional<std::int64_t>{}, std::optional<std::string>{}, std::optional<server::uuid>{},
            std::optional<server::timestamp>{}, std::optional<db::json>{}, std::optional<db::bytes>{}},
        soon()));
    for (int column = 0; column < 9; ++column)
        BOOST_TEST(r.front().is_null(column));
    BOOST_TEST(!r.front().get<std::optional<std::string>>(4));
    BOOST_CHECK_THROW(r.front().get<std::string>(4), std::logic_error);
}

const statement arrays{
    "test.arrays", access::read,
    "SELECT array_to_string($1::uuid[], ','), array_to_string($2::text[], ','), array_to_string($3::int8[], ','),"
    " cardinality($4::int8[])"};

awaitable<> array_values(db::client& client) {
    std::vector<server::uuid> ids(2);
    ids[0] = server::uuid::v7();
    ids[1] = server::uuid::v7();
    // Lists in braces inside a co_await expression stop GCC 12.
    std::vector<std::string> texts(3);
    texts[0] = "a";
    texts[2] = "c";
    std::vector<std::int64_t> numbers(2, -1);
    std::vector<std::int64_t> none;
    parameters values{ids, texts, numbers, none};
    const auto r = value(co_await client.execute(arrays, std::move(values), soon()));
    BOOST_TEST(r.front().get<std::string>(0) == ids[0].to_string() + "," + ids[1].to_string());
    BOOST_TEST(r.front().get<std::string>(1) == "a,,c");
    BOOST_TEST(r.front().get<std::string>(2) == "-1,-1");
    BOOST_TEST(r.front().get<std::int32_t>(3) == 0);
}

const statement utc{
    "test.utc", access::read, "SELECT current_setting('TimeZone') || ' ' || current_setting('application_name')"};
const statement text{"test.text", access::read, "SELECT $1::text"};
const statement mood{"test.mood", access::read, "SELECT $1::text::mood"};

} // namespace

BOOST_AUTO_TEST_SUITE(types)

BOOST_AUTO_TEST_CASE(values_come_back_as_sent) {
    database db;
    run(db.loop, round_trip(db.client));
}

BOOST_AUTO_TEST_CASE(nulls_of_every_type) {
    database db;
    run(db.loop, nulls(db.client));
}

BOOST_AUTO_TEST_CASE(arrays_with_none_and_many_elements) {
    database db;
    run(db.loop, array_values(db.client));
}

BOOST_AUTO_TEST_CASE(text_is_whole_or_refused) {
    database db;
    BOOST_TEST(run(db.loop, same<std::string>(db.client, text, "")) == "");
    BOOST_TEST(run(db.loop, same<std::string>(db.client, text, std::string(100'000, 'x'))).size() == 100'000U);
    // PostgreSQL holds no NUL: never cut off at it.
    const auto r = run(db.loop, db.client.execute(text, parameters{std::string_view{"a\0b", 3}}, soon()));
    BOOST_TEST(code(r) == "INTERNAL");
}

BOOST_AUTO_TEST_CASE(an_enum_reads_as_its_label) {
    database db;
    db.sql("CREATE TYPE mood AS ENUM ('fine', 'better')");
    const auto r = value(run(db.loop, db.client.execute(mood, parameters{"better"}, soon())));
    BOOST_TEST(r.front().get<std::string>(0) == "better");
}

BOOST_AUTO_TEST_CASE(session_settings_come_with_the_connection) {
    database db;
    const auto r = value(run(db.loop, db.client.execute(utc, parameters{}, soon())));
    BOOST_TEST(r.front().get<std::string>(0) == "UTC bursar");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::types_test
