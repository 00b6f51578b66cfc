// The role that the server speaks to PostgreSQL as: it owns nothing, and in a transaction of one organization it
// changes nothing of another, whatever the statement forgets to say. That it can do what serving takes, every other
// test shows.
#include "tests/integration/handlers/desk.hpp"

#include <boost/test/unit_test.hpp>

using namespace bursar::tests;

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
    for (const std::string sql :
         {"update entries set amount = 0", "delete from entries", "truncate transfers",
          "update audit_log set action = 'x'", "delete from audit_log", "truncate audit_log", "delete from events",
          "delete from schema_migrations", "create table mine (id integer)", "set session_replication_role = replica"})
        BOOST_TEST(says(refusal(sql), "permission denied"), sql << ": " << refusal(sql));
    process refused{
        launch{BURSAR_BINARY, {"migrate", "--service-role", "bursar"}, {{"DATABASE_URL", postgres.url()}}, {}}};
    BOOST_TEST(refused.wait_exit().value_or(0) == 70);
    BOOST_TEST(says(refused.log(), "bypass"));
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
    as_service(confined + "delete from ticket_activity where ticket_id = '" + ticket + "'");
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
