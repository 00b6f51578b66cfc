// What a role, a database or a server sets for its sessions, and what of that bursar runs with.
#include "tests/integration/db/fixture.hpp"

namespace bursar::tests::settings_test {

using db::access;
using db::statement;

namespace {

const statement shown{
    "test.settings", access::read,
    "select concat_ws(' ', current_setting('synchronous_commit'), current_setting('row_security'),"
    " current_setting('idle_session_timeout'), current_setting('default_transaction_isolation'),"
    " current_setting('client_min_messages'), current_setting('TimeZone'))"};

db::client_options as_teller(const postgres_server& postgres) {
    db::client_options options;
    options.url = "postgresql://teller@127.0.0.1:" + std::to_string(postgres.port()) + "/postgres";
    return options;
}

std::string settings_of(database& db) {
    return value(run(db.loop, db.client.execute(shown, {}, soon()))).front().get<std::string>(0);
}

} // namespace

BOOST_AUTO_TEST_SUITE(session_settings)

BOOST_AUTO_TEST_CASE(nobody_takes_away_what_the_ledger_rests_on) {
    postgres_server postgres;
    postgres.query("create role teller login");
    for (const auto* setting :
         {"synchronous_commit = off", "row_security = off", "idle_session_timeout = '1s'",
          "default_transaction_isolation = 'serializable'", "client_min_messages = error", "timezone = 'Asia/Tokyo'"})
        postgres.query("alter role teller set " + std::string{setting});
    database plain{as_teller(postgres), postgres};
    BOOST_TEST(settings_of(plain) == "on on 0 read committed warning UTC");
    // Nor does the URL.
    auto options = as_teller(postgres);
    options.url += "?options=-c%20synchronous_commit%3Dlocal%20-c%20row_security%3Doff%20-c%20timezone%3DEurope/Paris";
    database own{options, postgres};
    BOOST_TEST(settings_of(own) == "on on 0 read committed warning Europe/Paris");
}

BOOST_AUTO_TEST_CASE(a_stricter_commit_is_left_as_it_is) {
    postgres_server postgres;
    postgres.query("create role teller login");
    postgres.query("alter role teller set synchronous_commit = remote_apply");
    database db{as_teller(postgres), postgres};
    BOOST_TEST(settings_of(db).starts_with("remote_apply "));
}

BOOST_AUTO_TEST_CASE(a_server_without_triggers_is_refused_by_name) {
    postgres_server postgres;
    postgres.query("create role teller login");
    postgres.query("alter role teller set session_replication_role = replica");
    database db{as_teller(postgres), postgres};
    db.turn_until([&] { return db.client.trouble() == "session_replication_role is not origin"; });
    BOOST_TEST(!db.client.reachable());
    postgres.query("alter role teller reset session_replication_role");
    db.turn_until([&] { return db.client.reachable() && db.client.trouble().empty(); });
}

BOOST_AUTO_TEST_CASE(a_server_that_is_read_only_is_refused_by_name) {
    postgres_server postgres;
    postgres.query("create role teller login");
    postgres.query("alter role teller set default_transaction_read_only = on");
    database db{as_teller(postgres), postgres};
    db.turn_until([&] { return !db.client.trouble().empty(); });
    BOOST_TEST(db.client.trouble() == "read-only: a standby, or default_transaction_read_only");
    auto options = as_teller(postgres);
    options.url += "?target_session_attrs=any";
    database any{options, postgres};
    any.turn_until([&] { return any.client.trouble() == "default_transaction_read_only is on"; });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::settings_test
