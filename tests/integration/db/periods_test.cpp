// Closing a month, and what the database does about writers that overlook it.
#include "db/repositories/ledger/periods.hpp"
#include "tests/integration/db/books.hpp"

namespace bursar::tests::periods_test {

using namespace std::chrono_literals;
using db::access;
using db::parameters;
using db::statement;
using db::repositories::period;
using db::repositories::period_status;
using server::awaitable;
using server::uuid;
using namespace std::chrono;

namespace {

awaitable<> close(books* at, year_month month) {
    auto tx = value(co_await at->client.begin(soon()));
    value(co_await at->rows.prepare_close(tx, at->org, month, soon()));
    value(co_await at->rows.close(tx, at->org, month, at->actor, soon()));
    value(co_await tx.commit(soon()));
}

awaitable<> close_and_note(books* at, year_month month, bool* done) {
    co_await close(at, month);
    *done = true;
}

awaitable<> look(books* at, year_month month, db::repositories::closing* out) {
    auto tx = value(co_await at->client.begin(soon()));
    *out = value(co_await at->rows.prepare_close(tx, at->org, month, soon()));
}

// The number of sessions that wait for an advisory lock.
std::string waiting() {
    return "select count(*) from pg_locks where locktype = 'advisory' and not granted";
}

awaitable<> write_while_a_close_waits(books* at, bool* closed) {
    auto writer = value(co_await at->client.begin(soon()));
    value(co_await writer.execute(write_transfer, at->transfer("2026-01-31T23:59:59Z"), soon()));
    server::asio::co_spawn(at->loop, close_and_note(at, 2026y / 1, closed), [](std::exception_ptr failed) {
        if (failed)
            std::rethrow_exception(failed);
    });
    const statement waiters{"test.waiters", access::read, waiting()};
    for (std::int64_t count = 0; count == 0;)
        count = value(co_await at->client.execute(waiters, parameters{}, soon())).front().get<std::int64_t>(0);
    BOOST_TEST(!*closed);
    value(co_await writer.commit(soon()));
}

awaitable<> into_code(std::string* out, books* at, std::string effective) {
    auto tx = value(co_await at->client.begin(soon()));
    const auto done = co_await tx.execute(write_transfer, at->transfer(effective), soon());
    *out = done ? "OK" : done.error().constraint;
}

awaitable<> close_while_a_writer_waits(books* at, std::string* written) {
    auto tx = value(co_await at->client.begin(soon()));
    value(co_await at->rows.prepare_close(tx, at->org, 2026y / 1, soon()));
    value(co_await at->rows.close(tx, at->org, 2026y / 1, at->actor, soon()));
    server::asio::co_spawn(at->loop, into_code(written, at, "2026-01-31T23:59:59Z"), [](std::exception_ptr failed) {
        if (failed)
            std::rethrow_exception(failed);
    });
    const statement waiters{"test.waiters", access::read, waiting()};
    for (std::int64_t count = 0; count == 0;)
        count = value(co_await at->client.execute(waiters, parameters{}, soon())).front().get<std::int64_t>(0);
    BOOST_TEST(*written == "");
    value(co_await tx.commit(soon()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(periods)

BOOST_AUTO_TEST_CASE(an_entry_opens_the_month_of_its_effective_time) {
    books at;
    BOOST_TEST(at.periods() == "");
    BOOST_TEST(at.write("2026-03-31T23:59:59.999999Z") == "OK");
    BOOST_TEST(at.write("2026-05-01T00:00:00Z") == "OK");
    BOOST_TEST(at.write("2026-05-01T01:00:00+02:00") == "OK");
    BOOST_TEST(at.periods() == "2026-03 open, 2026-04 open, 2026-05 open");
}

BOOST_AUTO_TEST_CASE(a_closed_month_takes_no_entry) {
    books at;
    BOOST_TEST(at.write("2026-01-15T00:00:00Z") == "OK");
    run(at.loop, close(&at, 2026y / 1));
    const auto refused =
        run(at.loop, at.client.execute(write_transfer, at.transfer("2026-01-31T23:59:59.999999Z"), soon()));
    BOOST_TEST(code(refused) == "CONFLICT");
    BOOST_TEST(refused.error().constraint == "entries_in_open_period");
    BOOST_TEST(at.write("2025-12-31T00:00:00Z") == "CONFLICT");
    BOOST_TEST(at.write("2026-02-01T00:00:00Z") == "OK");
    BOOST_TEST(at.periods() == "2026-01 closed, 2026-02 open");
    BOOST_TEST(at.sql("select count(*) from entries") == "4");
}

BOOST_AUTO_TEST_CASE(another_organization_keeps_its_books_open) {
    books at;
    BOOST_TEST(at.write("2026-01-15T00:00:00Z") == "OK");
    run(at.loop, close(&at, 2026y / 1));
    const auto other = at.add_organization();
    const auto found = value(run(at.loop, at.rows.find_books(at.client, {at.org, other, uuid::v7()}, soon())));
    BOOST_REQUIRE(found.size() == 2U);
    for (const auto& one : found)
        BOOST_TEST(
            (one.closed_before == (one.org == at.org ? server::parse_rfc3339("2026-02-01T00:00:00Z") : std::nullopt)));
    at.org = other;
    at.debit = at.add_account("asset");
    at.credit = at.add_account("liability");
    BOOST_TEST(at.write("2026-01-15T00:00:00Z") == "OK");
}

BOOST_AUTO_TEST_CASE(a_close_waits_for_a_write_in_flight) {
    books at;
    bool closed = false;
    run(at.loop, write_while_a_close_waits(&at, &closed));
    at.turn_until([&] { return closed; });
    BOOST_TEST(at.periods() == "2026-01 closed");
    BOOST_TEST(at.sql("select count(*) from entries") == "2");
}

BOOST_AUTO_TEST_CASE(a_write_waits_for_a_close_in_flight_and_is_refused) {
    books at;
    std::string written;
    run(at.loop, close_while_a_writer_waits(&at, &written));
    at.turn_until([&] { return !written.empty(); });
    BOOST_TEST(written == "entries_in_open_period");
}

// As the year 1 was booked before times had bounds: it counts into the first month that there is, and holds nothing up.
BOOST_AUTO_TEST_CASE(what_is_older_than_the_books_is_in_their_first_month) {
    books at;
    BOOST_TEST(at.write("0001-01-01T00:00:00+01:00") == "OK");
    BOOST_TEST(at.write("0001-01-01T00:00:00Z") == "OK");
    BOOST_TEST(at.write("2026-04-15T00:00:00Z") == "OK");
    BOOST_TEST(at.periods() == "1900-01 open, 2026-04 open");
    db::repositories::closing found;
    run(at.loop, look(&at, 2026y / 4, &found));
    BOOST_TEST((found.earlier_open == "1900-01"));
    run(at.loop, close(&at, 1900y / 1));
    run(at.loop, close(&at, 2026y / 4));
    BOOST_TEST(at.periods() == "1900-01 closed, 2026-04 closed");
    BOOST_TEST(at.write("0001-01-01T00:00:00Z") == "CONFLICT");
}

// Books as they were left by what the bounds now prevent, in the schema of then.
BOOST_AUTO_TEST_CASE(stored_months_outside_sense_are_mended) {
    database empty;
    const auto all = db::embedded_migrations();
    const auto place = empty.schema + ",public";
    const auto before = all.first(13);
    BOOST_REQUIRE(db::migrate(empty.postgres.url(), place, before).has_value());
    const auto org = [&](const char* name) {
        auto id = uuid::v7().to_string();
        empty.sql("insert into organizations (id, name) values ('" + id + "', '" + name + "')");
        return id;
    };
    const auto transfer = [&](const std::string& of, const char* effective) {
        empty.sql(
            "insert into transfers (org_id, id, kind, state, idempotency_key, request_hash, amount, legs, account_ids, "
            "effective_at, recorded_at) values ('" +
            of + "', gen_random_uuid(), 'transfer', 'posted', gen_random_uuid(), gen_random_uuid(), 1, 1, '{}', '" +
            effective + "', now())");
    };
    const auto months = [&](const std::string& of) {
        return empty.sql(
            "select string_agg(to_char(month, 'YYYY-MM') || case when closed_at is null then ' open' else ' closed' "
            "end, ', ' order by month) || coalesce(' until ' || (select (closed_before at time zone 'UTC')::date from "
            "ledger_books where org_id = '" +
            of + "'), '') from ledger_periods where org_id = '" + of + "'");
    };
    // One that cannot close anything, and one whose close wrote every month since the year 1.
    const auto stuck = org("Stuck"), closed = org("Closed"), sound = org("Sound");
    for (const auto& each : {stuck, closed}) {
        transfer(each, "0001-01-01T00:00:00Z");
        transfer(each, "2026-04-15T00:00:00Z");
    }
    empty.sql(
        "insert into ledger_periods (org_id, month) values ('" + stuck + "', '0001-12-01 BC'), ('" + stuck +
        "', '2026-04-01'), ('" + sound + "', '2026-05-01')");
    empty.sql(
        "insert into ledger_periods (org_id, month, closed_at) select '" + closed +
        "', m::date, now() from generate_series('0001-01-01'::date, '2026-05-01'::date, interval '1 month') m");
    empty.sql("update ledger_books set closed_before = '2026-06-01T00:00:00Z' where org_id = '" + closed + "'");
    BOOST_REQUIRE(db::migrate(empty.postgres.url(), place).has_value());
    BOOST_TEST(months(stuck) == "1900-01 open, 2026-04 open");
    BOOST_TEST(months(closed) == "1900-01 closed, 2026-04 closed until 2026-06-01");
    BOOST_TEST(months(sound) == "2026-05 open");
}

BOOST_AUTO_TEST_CASE(empty_months_are_closed_with_the_next_one) {
    books at;
    BOOST_TEST(at.write("2026-01-15T00:00:00Z") == "OK");
    run(at.loop, close(&at, 2026y / 1));
    BOOST_TEST(at.write("2026-04-15T00:00:00Z") == "OK");
    db::repositories::closing found;
    run(at.loop, look(&at, 2026y / 4, &found));
    BOOST_TEST(found.over);
    BOOST_TEST(!found.earlier_open.has_value());
    run(at.loop, look(&at, 2026y / 5, &found));
    BOOST_TEST((found.earlier_open == "2026-04"));
    run(at.loop, close(&at, 2026y / 4));
    BOOST_TEST(at.periods() == "2026-01 closed, 2026-04 closed");
    BOOST_TEST(
        at.sql("select string_agg(data ->> 'month', ',' order by seq) from events where type = 'period.closed'") ==
        "2026-01,2026-04");
    const auto between = value(run(at.loop, at.rows.find(at.client, at.org, 2026y / 3, soon())));
    BOOST_TEST((between.status == period_status::closed));
    // One before all others: it was closed already.
    run(at.loop, close(&at, 2025y / 11));
    BOOST_TEST(
        at.sql("select closed_before = '2026-05-01T00:00:00Z' from ledger_books where closed_before is not null") ==
        "t");
    const auto early = value(run(at.loop, at.rows.find(at.client, at.org, 2025y / 11, soon())));
    BOOST_TEST((early.status == period_status::closed));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::periods_test
