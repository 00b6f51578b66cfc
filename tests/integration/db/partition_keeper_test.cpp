// Partitions are made ahead of time, and a failure is tried again.
#include "db/partition_keeper.hpp"
#include "server/periodic.hpp"
#include "tests/integration/db/books.hpp"

namespace bursar::tests::partition_keeper_test {

using namespace std::chrono_literals;

namespace {

std::string ahead_of(const database& at) {
    return at.sql("select count(*) from generate_series(0, 3) n where to_regclass('entries_' || "
                  "to_char((now() at time zone 'UTC') + make_interval(months => n), 'YYYY_MM')) is not null");
}

// What /metrics would say: the end of the last month with a partition.
double gauge(prometheus::Registry& metrics) {
    for (const auto& family : metrics.Collect())
        if (family.name == "bursar_ledger_partitions_end_timestamp_seconds")
            return family.metric.front().gauge.value;
    return -1;
}

// Writing statements that were answered, well or not.
std::uint64_t writes(prometheus::Registry& metrics) {
    for (const auto& family : metrics.Collect())
        if (family.name == "db_client_operation_duration_seconds")
            for (const auto& one : family.metric)
                if (one.label.front().value == "write")
                    return one.histogram.sample_count;
    return 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(partition_keeper)

BOOST_AUTO_TEST_CASE(this_month_and_the_next_three_have_partitions) {
    books at;
    at.sql(
        "do $$ declare part text; begin for part in select inhrelid::regclass::text from pg_inherits where inhparent "
        "= 'entries'::regclass loop execute 'drop table ' || part; end loop; end $$");
    BOOST_TEST(ahead_of(at) == "0");
    db::partition_keeper keeper{at.client, at.metrics};
    BOOST_TEST(!run(at.loop, keeper.keep()));
    BOOST_TEST(ahead_of(at) == "4");
    const auto end = at.sql("select extract(epoch from date_trunc('month', now() at time zone 'UTC') + interval '4 "
                            "months')::bigint");
    BOOST_TEST(std::to_string(static_cast<std::int64_t>(gauge(at.metrics))) == end);
}

BOOST_AUTO_TEST_CASE(a_failure_is_tried_again) {
    database at; // not migrated yet
    db::partition_keeper keeper{at.client, at.metrics};
    server::periodic keeping{at.loop, 10ms, [&] { return keeper.keep(); }};
    bool ended = false;
    server::asio::co_spawn(at.loop, keeping.run(), [&](std::exception_ptr) { ended = true; });
    at.turn_until([&] { return writes(at.metrics) > 1; });
    BOOST_TEST(gauge(at.metrics) == 0);
    BOOST_REQUIRE(db::migrate(at.postgres.url(), at.schema + ",public").has_value());
    at.turn_until([&] { return gauge(at.metrics) > 0; });
    keeping.stop();
    at.turn_until([&] { return ended; });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::partition_keeper_test
