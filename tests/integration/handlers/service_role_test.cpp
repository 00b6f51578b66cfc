// The role that the server speaks to PostgreSQL as: it owns nothing, and in a transaction of one organization it
// changes nothing of another, whatever the statement forgets to say. That it can do what serving takes, every other
// test shows.
#include "tests/integration/handlers/desk.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::service_role_test {

namespace {

std::string as_service(const std::string& sql) {
    return the_deployment().postgres().query("set role bursar_service; " + sql);
}

std::string refusal(const std::string& sql) {
    try {
        as_service(sql);
        return "none";
    } catch (const std::exception& e) {
        return e.what();
    }
}

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(service_role)

BOOST_AUTO_TEST_CASE(it_owns_nothing_and_cannot_bypass_anything) {
    const auto& postgres = the_deployment().postgres();
    BOOST_TEST(postgres.query("select count(*) from pg_class where relowner = 'bursar_service'::regrole") == "0");
    BOOST_TEST(postgres.query("select count(*) from pg_proc where proowner = 'bursar_service'::regrole") == "0");
    BOOST_TEST(
        postgres.query("select rolsuper or rolbypassrls or rolcreaterole from pg_roles "
                       "where rolname = 'bursar_service'") == "f");
    for (const std::string sql :
         {"drop table tickets", "alter table tickets disable row level security",
          "alter table entries disable trigger all", "drop policy own_rows_changed on tickets"})
        BOOST_TEST(says(refusal(sql), "must be owner"), sql << ": " << refusal(sql));
    const std::vector<std::string> forbidden{
        "update entries set amount = 0", "delete from entries", "truncate transfers",
        "update audit_log set action = 'x'", "delete from audit_log", "truncate audit_log", "delete from events",
        "delete from schema_migrations", "create table mine (id integer)", "set session_replication_role = replica",
        // What serving never does, though it writes to the same tables.
        "update accounts set type = 'asset'", "update accounts set currency = 'USD'",
        "update accounts set floor = null", "update accounts set balance = 0", "update transfers set amount = 1",
        "delete from accounts", "delete from transfer_refusals", "update transfer_refusals set code = 'X'",
        "delete from idempotency_keys", "update idempotency_keys set created_at = 'epoch'", "delete from sessions",
        "delete from api_keys", "update api_keys set key_hash = sha256('x')",
        "update users set email = 'x@example.com'", "delete from users", "delete from organizations",
        "delete from ledger_periods", "insert into ledger_books (org_id) values (gen_random_uuid())",
        "insert into entry_archives (month, entries) values ('2019-01-01', 0)", "delete from carried_balances",
        "update carried_balances set balance = 0", "update ledger_blocks set hash = sha256('x')",
        "delete from ledger_blocks", "delete from ledger_seals", "select nextval('events_seq_seq')",
        "select * from " + postgres.query("select min(inhrelid::regclass::text) from pg_inherits where inhparent = "
                                          "'entries'::regclass")};
    for (const auto& sql : forbidden)
        BOOST_TEST(says(refusal(sql), "permission denied"), sql << ": " << refusal(sql));
    for (const auto* const other : {"bursar", "bursar_deputy"}) {
        if (std::string_view{other} == "bursar_deputy")
            postgres.query("create role bursar_deputy in role bursar");
        process refused{
            launch{BURSAR_BINARY, {"migrate", "--service-role", other}, {{"DATABASE_URL", postgres.url()}}, {}}};
        BOOST_TEST(refused.wait_exit().value_or(0) == 70);
        BOOST_TEST(says(refused.log(), other == std::string_view{"bursar"} ? "bypass" : "act as the owner"));
    }
}

// Where a grant cannot tell right from wrong, a trigger does, whoever writes.
BOOST_AUTO_TEST_CASE(what_was_closed_answered_and_sealed_stays_so) {
    const auto other = the_deployment().create_org("Closed");
    const auto& postgres = the_deployment().postgres();
    const auto org = "'" + other.first + "'";
    const auto kept = " where org_id = " + org;
    postgres.query(
        "insert into ledger_periods (org_id, month, closed_at) values (" + org +
        ", '2020-01-01', now()); "
        "update ledger_books set closed_before = '2020-02-01T00:00:00Z'" +
        kept +
        "; "
        "insert into idempotency_keys (org_id, route, key, fingerprint, status, headers, body) values (" +
        org +
        ", 'r', 'k', sha256('x'), 201, 'h', 'b'); "
        "insert into ledger_seals (org_id, sealed, blocks, xid, seq) values (" +
        org + ", '1:1:', 2, '1', 1)");
    for (const std::string sql :
         {"update ledger_periods set closed_at = null, closed_by = null",
          "update ledger_books set closed_before = null",
          "update ledger_books set closed_before = '2020-01-01T00:00:00Z'", "update ledger_seals set blocks = 1",
          "update idempotency_keys set body = 'another'", "update idempotency_keys set status = 422",
          "update idempotency_keys set fingerprint = sha256('y')"})
        BOOST_TEST(
            says(refusal(sql + kept), sql.starts_with("update idempotency_keys") ? "is kept" : "is refused"), sql);
    // An erasure takes the text of an answer, and nothing else.
    BOOST_TEST(refusal("update idempotency_keys set body = null, fingerprint = sha256('')" + kept) == "none");
    BOOST_TEST(refusal("update ledger_books set closed_before = '2020-03-01T00:00:00Z'" + kept) == "none");
}

BOOST_AUTO_TEST_CASE(purging_takes_only_what_has_had_its_time) {
    const auto org = "'" + the_deployment().create_org("Purged").first + "'";
    const auto& postgres = the_deployment().postgres();
    postgres.query(
        "insert into transfer_refusals (org_id, idempotency_key, request_hash, code, message, request_id, recorded_at) "
        "select " +
        org +
        ", gen_random_uuid(), gen_random_uuid(), 'X', '', 'r', now() - interval '1 day' * g "
        "from unnest(array[29, 31]) g");
    BOOST_TEST(as_service("select purge_expired(1000, now()) >= 1") == "t");
    BOOST_TEST(
        postgres.query(
            "select count(*), max(now() - recorded_at) < interval '30 days' from transfer_refusals "
            "where org_id = " +
            org) == "1");
}

BOOST_AUTO_TEST_CASE(a_transaction_of_one_organization_changes_nothing_of_another) {
    const auto& on = the_deployment();
    const auto other = the_deployment().create_org("Other");
    caller theirs{other.second};
    const auto ticket = theirs.ticket(theirs.customer("Secret"));
    const auto confined = "set bursar.org = '" + on.org() + "'; ";
    const auto subject = [&] {
        return the_deployment().postgres().query("select subject from tickets where id = '" + ticket + "'");
    };
    const auto before = subject();
    // As statements that forget the organization would.
    as_service(confined + "update tickets set subject = 'mine' where id = '" + ticket + "'");
    as_service(confined + "delete from memberships where org_id = '" + other.first + "'");
    as_service(confined + "update api_keys set revoked_at = now() where org_id = '" + other.first + "'");
    BOOST_TEST(subject() == before);
    BOOST_TEST(theirs.get("/api/v1/tickets/" + ticket).status == 200U);
    const auto insert =
        "insert into customers (org_id, id, name) values ('" + other.first + "', gen_random_uuid(), 'Planted')";
    BOOST_TEST(says(refusal(confined + insert), "row-level security"));
    BOOST_TEST(refusal(insert) == "none");

    // And the transactions of requests are confined.
    BOOST_TEST(theirs.post("/api/v1/customers", R"({"name":"Ada"})").status == 201U);
    the_deployment().postgres().query(
        "create or replace function tell_org() returns trigger language plpgsql as $$ begin "
        "new.name := coalesce(current_setting('bursar.org', true), 'nobody'); return new; end $$; "
        "create trigger tell_org before insert or update on customers for each row execute function tell_org()");
    const auto made = theirs.post("/api/v1/customers", R"({"name":"Ada"})");
    BOOST_TEST(reply::text_of(made.data(), "name") == other.first);
    const auto patched = theirs.patch("/api/v1/customers/" + made.id(), "*", R"({"email":"a@example.com"})");
    BOOST_TEST(reply::text_of(patched.data(), "name") == other.first);
    the_deployment().postgres().query("drop function tell_org() cascade");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::service_role_test
