// What goes after 30 days, and what stays.
#include "db/repositories/operations/retention.hpp"
#include "tests/integration/db/books.hpp"

namespace bursar::tests::retention_test {

BOOST_AUTO_TEST_SUITE(retention)

BOOST_AUTO_TEST_CASE(keys_and_refusals_go_after_thirty_days_a_bite_at_a_time) {
    books d;
    const auto org = d.org.to_string();
    d.sql(
        "insert into idempotency_keys (org_id, route, key, fingerprint, created_at) select '" + org +
        "', '/customers', g::text, sha256('x'), now() - interval '1 day' * g from generate_series(28, 33) g");
    d.sql(
        "insert into transfer_refusals (org_id, idempotency_key, request_hash, code, message, request_id, recorded_at) "
        "select '" +
        org +
        "', gen_random_uuid(), gen_random_uuid(), 'INSUFFICIENT_FUNDS', '', 'r', now() - interval '1 day' * g "
        "from generate_series(28, 32) g");
    const auto left = [&] {
        return d.sql(
            "select (select count(*) from idempotency_keys) || ' ' || (select count(*) from transfer_refusals)");
    };
    const auto purge = [&] {
        return value(run(d.loop, db::repositories::purge_expired(d.client, server::now(), 2, soon())));
    };
    BOOST_TEST(purge());
    BOOST_TEST(left() == "4 3");
    BOOST_TEST(purge());
    BOOST_TEST(left() == "2 2");
    BOOST_TEST(!purge());
    BOOST_TEST(left() == "2 2");
}

// A process whose clock runs ahead takes nothing away early, nor does one whose clock runs behind.
BOOST_AUTO_TEST_CASE(what_goes_is_old_by_both_clocks) {
    books d;
    d.sql(
        "insert into idempotency_keys (org_id, route, key, fingerprint, created_at) select '" + d.org.to_string() +
        "', '/customers', g::text, sha256('x'), now() - interval '1 day' * g from generate_series(28, 33) g");
    const auto left_at = [&](server::timestamp now) {
        value(run(d.loop, db::repositories::purge_expired(d.client, now, 100, soon())));
        return d.sql("select count(*) from idempotency_keys");
    };
    BOOST_TEST(left_at(server::now() - std::chrono::days{60}) == "6");
    BOOST_TEST(left_at(server::now() + std::chrono::days{60}) == "2");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::retention_test
