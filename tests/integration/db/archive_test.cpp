// Months of entries leave, with what the accounts stood at carried forward; interrupted runs are finished.
#include "db/commands/archive.hpp"
#include "tests/integration/db/books.hpp"

#include <sstream>

namespace bursar::tests::archive_test {

using namespace std::chrono;
using db::commands::archive;
using db::commands::archive_options;
using db::commands::connection;
using server::awaitable;

namespace {

// Entries of January and February 2015 and of now, with the books closed to the end of 2015.
struct old_books : books {
    old_books() {
        record("2015-01-10T00:00:00Z", 100);
        record("2015-01-20T00:00:00Z", 50);
        record("2015-02-10T00:00:00Z", 7);
        sql("update ledger_books set closed_before = '2016-01-01T00:00:00Z'");
        write("2026-01-01T00:00:00Z");
    }

    void record(const std::string& at, int amount) const {
        sql("select test_transfer('" + org.to_string() + "', '" + debit.to_string() + "', '" + credit.to_string() +
            "', " + std::to_string(amount) + ", '" + at + "', '" + at + "')");
    }
    int run_archive(bool dry_run = false) {
        connection on{postgres.url(), schema};
        report.str({});
        return archive(on, archive_options{years{7}, dry_run}, report);
    }
    std::string partitions() const {
        return sql(
            "select coalesce(string_agg(c.relname, ',' order by c.relname), '') from pg_inherits i join pg_class c "
            "on c.oid = i.inhrelid where i.inhparent = 'entries'::regclass and c.relname like 'entries_2015%'");
    }
    std::string carried(const server::uuid& account) const {
        return sql(
            "select coalesce(string_agg(seq || ':' || balance || ':' || to_char(recorded_at, 'YYYY-MM-DD'), ','), '') "
            "from carried_balances where account_id = '" +
            account.to_string() + "'");
    }

    std::ostringstream report;
};

const db::statement read_entries{"test.read", db::access::read, "select count(*) from entries"};

// Leaves a detach half done: it gives up while another transaction still reads the table.
awaitable<> begin_detach(old_books* at) {
    auto reader = value(co_await at->client.begin(soon()));
    value(co_await reader.execute(read_entries, db::parameters{}, soon()));
    connection on{at->postgres.url(), at->schema};
    on.execute("set statement_timeout = 300");
    BOOST_CHECK_THROW(
        on.execute("alter table entries detach partition entries_2015_01 concurrently"), server::error_exception);
}

} // namespace

BOOST_AUTO_TEST_SUITE(archive_command)

BOOST_AUTO_TEST_CASE(old_months_leave_and_balances_stay_known) {
    old_books at;
    BOOST_TEST(at.run_archive() == 2);
    BOOST_TEST(at.report.str() == "2015-01 is in archived_entries_2015_01\n2015-02 is in archived_entries_2015_02\n");
    BOOST_TEST(at.partitions() == "");
    BOOST_TEST(at.sql("select count(*) from archived_entries_2015_01") == "4");
    BOOST_TEST(at.sql("select count(*) from archived_entries_2015_02") == "2");
    BOOST_TEST(at.carried(at.debit) == "3:157:2015-02-10");
    BOOST_TEST(at.carried(at.credit) == "3:-157:2015-02-10");
    BOOST_TEST(
        at.sql(
            "select min(e.seq) || ':' || min(e.balance - e.amount) from entries e where e.account_id = '" +
            at.debit.to_string() + "'") == "4:157");
    BOOST_TEST(at.sql("select entries_archived_before() = '2015-03-01T00:00:00Z'") == "t");
    BOOST_TEST(at.sql("select string_agg(entries::text, ',' order by month) from entry_archives") == "4,2");
    BOOST_TEST(at.run_archive() == 0);
    BOOST_TEST(at.report.str() == "nothing to archive\n");
}

BOOST_AUTO_TEST_CASE(what_left_cannot_be_changed_either) {
    old_books at;
    BOOST_TEST(at.run_archive() == 2);
    for (const auto* change :
         {"update archived_entries_2015_01 set amount = 1", "delete from archived_entries_2015_01",
          "truncate archived_entries_2015_01"})
        BOOST_CHECK_THROW(at.sql(change), std::runtime_error);
    BOOST_TEST(at.sql("select sum(amount) from archived_entries_2015_01 where debit") == "150");
}

BOOST_AUTO_TEST_CASE(a_month_that_somebody_has_not_closed_stays) {
    old_books at;
    at.sql("set session_replication_role = replica; " // books are not opened backwards
           "update ledger_books set closed_before = '2015-02-01T00:00:00Z'; reset session_replication_role");
    BOOST_TEST(at.run_archive() == 1);
    BOOST_TEST(at.report.str().find("2015-02 stays, and so do later months") != std::string::npos);
    BOOST_TEST(
        at.report.str().find("  " + at.org.to_string() + " stays: closed until 2015-02-01, 0 pending\n") !=
        std::string::npos);
    BOOST_TEST(at.partitions() == "entries_2015_02");
    BOOST_TEST(at.carried(at.debit) == "2:150:2015-01-20");
}

BOOST_AUTO_TEST_CASE(books_without_entries_in_it_hold_nobody_up) {
    old_books at;
    at.add_organization();
    BOOST_TEST(at.run_archive() == 2);
}

// One organization that never closes its books keeps its own entries, and nobody else's.
BOOST_AUTO_TEST_CASE(nobody_is_held_up_by_another_organization) {
    old_books at;
    const auto first = at.org;
    const auto debit = at.debit;
    at.org = at.add_organization();
    at.debit = at.add_account("asset");
    at.credit = at.add_account("liability");
    at.record("2015-01-15T00:00:00Z", 5);
    at.record("2015-02-15T00:00:00Z", 6);
    BOOST_TEST(at.run_archive() == 2);
    BOOST_TEST(at.report.str().find("2015-01 is in archived_entries_2015_01, but for 1 of 2 organizations:\n") == 0U);
    BOOST_TEST(
        at.report.str().find("  " + at.org.to_string() + " stays: nothing is closed, 0 pending\n") !=
        std::string::npos);
    BOOST_TEST(
        at.report.str().find("  " + first.to_string() + " leaves: closed until 2016-01-01, 0 pending\n") !=
        std::string::npos);
    BOOST_TEST(at.partitions() == "entries_2015_01,entries_2015_02");
    const auto of = [&](const char* table, const server::uuid& org) {
        return at.sql(
            std::string{"select count(*) || ':' || coalesce(sum(amount) filter (where debit), 0) from "} + table +
            " where recorded_at < '2016-01-01' and org_id = '" + org.to_string() + "'");
    };
    BOOST_TEST(of("entries", first) == "0:0");
    BOOST_TEST(of("entries", at.org) == "4:11");
    BOOST_TEST(of("archived_entries_2015_01", first) == "4:150");
    BOOST_TEST(of("archived_entries_2015_01", at.org) == "0:0");
    BOOST_TEST(at.carried(debit) == "3:157:2015-02-10");
    BOOST_TEST(at.carried(at.debit) == "");
    // Nothing is lost, and all of it is as unchangeable as before.
    for (const auto* change :
         {"update entries_2015_01 set amount = 1", "delete from entries_2015_01", "truncate entries_2015_01",
          "delete from archived_entries_2015_01", "truncate archived_entries_2015_01"})
        BOOST_CHECK_THROW(at.sql(change), std::runtime_error);
    BOOST_TEST(at.run_archive() == 0);
    // It closes its books at last: the rest follows.
    at.sql(
        "update ledger_books set closed_before = '2015-02-01T00:00:00Z' where org_id = '" + at.org.to_string() + "'");
    BOOST_TEST(at.run_archive() == 1);
    BOOST_TEST(at.partitions() == "entries_2015_02");
    BOOST_TEST(of("archived_entries_2015_01", at.org) == "2:5");
    BOOST_TEST(at.carried(at.debit) == "1:5:2015-01-15");
    at.sql("update ledger_books set closed_before = '2016-01-01T00:00:00Z'");
    BOOST_TEST(at.run_archive() == 1);
    BOOST_TEST(at.partitions() == "");
    BOOST_TEST(at.sql("select string_agg(entries::text, ',' order by month) from entry_archives") == "6,4");
}

BOOST_AUTO_TEST_CASE(a_month_with_a_pending_transfer_stays) {
    old_books at;
    at.sql(
        "insert into transfers (org_id, id, kind, state, idempotency_key, request_hash, amount, legs, account_ids, "
        "effective_at, recorded_at) select org_id, gen_random_uuid(), 'transfer', 'pending', gen_random_uuid(), "
        "gen_random_uuid(), 1, 1, account_ids, effective_at, recorded_at from transfers order by recorded_at limit 1");
    BOOST_TEST(at.run_archive() == 0);
    BOOST_TEST(at.report.str().find("stays: closed until 2016-01-01, 1 pending") != std::string::npos);
    BOOST_TEST(at.partitions() == "entries_2015_01,entries_2015_02");
}

BOOST_AUTO_TEST_CASE(a_dry_run_only_tells) {
    old_books at;
    BOOST_TEST(at.run_archive(true) == 2);
    BOOST_TEST(at.report.str().find("2015-01 would leave for archived_entries_2015_01\n") == 0U);
    BOOST_TEST(at.partitions() == "entries_2015_01,entries_2015_02");
    BOOST_TEST(at.sql("select count(*) from carried_balances") == "0");
    BOOST_TEST(at.sql("select entries_archived_before() is null") == "t");
}

// A run that ended after each of its steps but the last.
BOOST_AUTO_TEST_CASE(a_run_that_stopped_before_detaching_is_finished) {
    old_books at;
    at.sql("insert into entry_archives (month, entries) values ('2015-01-01', 4)");
    BOOST_TEST(at.run_archive() == 2);
    BOOST_TEST(at.partitions() == "");
}

BOOST_AUTO_TEST_CASE(a_run_that_stopped_while_detaching_is_finished) {
    old_books at;
    at.sql("insert into entry_archives (month, entries) values ('2015-01-01', 4)");
    run(at.loop, begin_detach(&at));
    BOOST_TEST(
        at.sql("select count(*) from pg_inherits where inhdetachpending and inhrelid = "
               "'entries_2015_01'::regclass") == "1");
    BOOST_TEST(at.run_archive() == 2);
    BOOST_TEST(at.partitions() == "");
    BOOST_TEST(at.sql("select count(*) from archived_entries_2015_01") == "4");
}

BOOST_AUTO_TEST_CASE(a_run_that_stopped_after_detaching_is_finished) {
    old_books at;
    at.sql("insert into entry_archives (month, entries) values ('2015-01-01', 4)");
    at.sql("alter table entries detach partition entries_2015_01");
    BOOST_TEST(at.run_archive() == 2);
    BOOST_TEST(at.sql("select count(*) from archived_entries_2015_01") == "4");
    BOOST_TEST(at.sql("select count(*) from entry_archives where finished_at is not null") == "2");
}

BOOST_AUTO_TEST_CASE(one_run_at_a_time) {
    old_books at;
    connection other{at.postgres.url(), at.schema};
    other.execute("select pg_advisory_lock(hashtextextended('bursar.archive', 0))");
    BOOST_CHECK_THROW(at.run_archive(), server::error_exception);
    BOOST_TEST(at.partitions() == "entries_2015_01,entries_2015_02");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::archive_test
