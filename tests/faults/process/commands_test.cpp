// The exit codes of commands when something is wrong: the database away is 69, at once; 1 is said by `verify` alone, of
// broken books.
#include "tests/faults/process/commands.hpp"
#include "tests/support/deployment.hpp"
#include "tests/support/sql_session.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

namespace bursar::tests::commands_test {

using namespace std::chrono_literals;

namespace {

// Each that speaks to the database.
std::vector<words> commands(const std::string& org) {
    return {
        {"verify"},
        {"verify", "--org", org},
        {"ledger", "export-chain", "--org", org},
        {"ledger", "archive"},
        {"ledger", "import", "--org", org, "--accounts", "/dev/null"},
        {"org", "create", "Somebody"},
        {"org", "list"},
        {"key", "create", "--org", org, "--name", "one"},
        {"key", "list", org},
        {"key", "revoke", org},
        {"invite", "--org", org, "--email", "a@example.org"},
        {"migrate"},
        {"migrate", "--service-role", "somebody"},
        {"migrate", "status"}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(commands_and_the_database)

BOOST_AUTO_TEST_CASE(what_keeps_a_command_from_the_database_is_named_and_nothing_else) {
    postgres_server postgres;
    const auto with = [&](const std::string& user, const std::string& database) {
        return "postgresql://" + user + "@127.0.0.1:" + std::to_string(postgres.port()) + "/" + database;
    };
    const auto stranger = said({"org", "create", "A"}, with("nobody", "postgres"));
    BOOST_TEST(stranger.find("cannot connect: role refused") != std::string::npos, stranger);
    const auto missing = said({"org", "list"}, with("bursar", "nowhere"));
    BOOST_TEST(missing.find("cannot connect: no such database (3D000)") != std::string::npos, missing);
    postgres.query("create role full login connection limit 0");
    const auto full = said({"migrate", "status"}, with("full", "postgres"));
    BOOST_TEST(full.find("cannot connect: too many connections (53300)") != std::string::npos, full);
    for (const auto& text : {stranger, missing, full}) {
        BOOST_TEST(text.ends_with("69"), text);
        for (const auto* secret : {"127.0.0.1", "nobody", "nowhere", "\"full\""})
            BOOST_TEST(text.find(secret) == std::string::npos, text);
    }
}

BOOST_AUTO_TEST_CASE(a_server_without_a_database_says_why_and_stops_when_told) {
    process serving{launch{
        BURSAR_BINARY,
        {"serve"},
        {{"DATABASE_URL", "postgresql://bursar@127.0.0.1:" + std::to_string(free_port()) + "/postgres"},
         {"BURSAR_LISTEN", "127.0.0.1:0"},
         {"BURSAR_DRAIN_GRACE", "0"}},
        {}}};
    const auto line = serving.wait_for_line("database_connection_failed", 5s);
    BOOST_TEST(line.find(R"("reason":"connection refused")") != std::string::npos, line);
    serving.signal(SIGTERM);
    BOOST_TEST(serving.wait_exit(5s).value_or(-1) == 0);
    BOOST_TEST(serving.log().find("127.0.0.1:0/postgres") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_not_fit_is_named_before_the_first_step) {
    postgres_server postgres;
    postgres.query("create database latin template template0 encoding 'LATIN1' locale 'C'");
    postgres.query("create database utf template template0 encoding 'UTF8' locale 'C'");
    postgres.query("create role builder login");
    const auto on = [&](const std::string& user, const std::string& database) {
        return "postgresql://" + user + "@127.0.0.1:" + std::to_string(postgres.port()) + "/" + database;
    };
    const auto latin = said({"migrate"}, on("bursar", "latin"));
    BOOST_TEST(latin.find("the database's encoding is LATIN1 and has to be UTF8") != std::string::npos, latin);
    const auto poor = said({"migrate"}, on("builder", "utf"));
    BOOST_TEST(poor.find("may not make tables") != std::string::npos, poor);
    const auto own = on("bursar", "utf");
    const auto query = [&](const std::string& sql) {
        process psql{launch{"/usr/bin/psql", {own, "-qAtc", sql}, {}, {}}};
        BOOST_REQUIRE(psql.wait_exit(10s).value_or(-1) == 0);
        return psql.log();
    };
    query("grant create on schema public to builder");
    const auto without = said({"migrate"}, on("builder", "utf"));
    BOOST_TEST(without.find("may not create the extension btree_gin") != std::string::npos, without);
    BOOST_TEST(query("select count(*) from pg_tables where schemaname = 'public'") == "0\n");
}

BOOST_AUTO_TEST_CASE(keys_are_listed_and_revoked) {
    deployment on;
    const auto url = on.postgres().url();
    const auto all = on.command({"org", "list"});
    BOOST_TEST(all.starts_with(on.org() + "\t"), all);
    BOOST_TEST(on.command({"key", "list", on.org()}).find("\tactive\tunlimited\t") != std::string::npos);
    const auto id = on.postgres().query("select id from api_keys");
    BOOST_TEST(on.command({"key", "revoke", id}) == "revoked\n");
    wait_for([&] {
        http_client client{on.port()};
        return client.request("GET", "/api/v1/me", on.headers()).status == 401U;
    });
    BOOST_TEST(on.command({"key", "list", on.org()}).find("\trevoked\t") != std::string::npos);
    BOOST_TEST(
        on.postgres().query(
            "select count(*) from audit_log where action = 'revokeApiKey' and resource_id = '" + id + "'") == "1");
    BOOST_TEST(exit_code({"key", "revoke", id}, url) == 65);
    BOOST_TEST(exit_code({"key", "revoke", fresh_key()}, url) == 65);
    BOOST_TEST(exit_code({"key", "list", fresh_key()}, url) == 65);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_away_is_told_at_once) {
    const auto nobody = "postgresql://bursar@127.0.0.1:" + std::to_string(free_port()) + "/postgres";
    for (const auto& command : commands(fresh_key()))
        BOOST_TEST(exit_code(command, nobody, 5s) == 69, command.front() << " " << command.back());
}

BOOST_AUTO_TEST_CASE(a_database_that_is_read_only_is_as_good_as_away) {
    postgres_server postgres{{.lines = {"default_transaction_read_only=on"}}};
    BOOST_TEST(exit_code({"verify"}, postgres.url(), 5s) == 69);
}

BOOST_AUTO_TEST_CASE(a_database_that_goes_away_meanwhile_breaks_no_books) {
    for (const words& command : {words{"verify"}, words{"ledger", "export-chain", "--org", ""}}) {
        deployment on;
        auto asked = command;
        if (asked.back().empty())
            asked.back() = on.org();
        const gate shut{
            on.postgres(),
            "lock table entries, transfers, accounts, ledger_blocks, ledger_seals in access exclusive mode"};
        auto running = start(asked, on.postgres().url());
        shut.wait_for_waiting(1);
        on.postgres().stop(postgres_server::stopping::immediate);
        BOOST_TEST(running.wait_exit(5s).value_or(-1) == 69, running.log());
    }
}

BOOST_AUTO_TEST_CASE(one_is_said_of_broken_books_alone) {
    deployment on;
    const auto url = on.postgres().url();
    BOOST_TEST(exit_code({"verify"}, url) == 0);
    BOOST_TEST(exit_code({"verify", "--org", "nobody"}, url) == 64);
    BOOST_TEST(exit_code({"verify", "--org", fresh_key()}, url) == 65);
    BOOST_TEST(exit_code({"ledger", "export-chain", "--org", fresh_key()}, url) == 65);
    BOOST_TEST(exit_code({"key", "create", "--org", fresh_key(), "--name", "x"}, url) == 65);
    BOOST_TEST(exit_code({"migrate", "--service-role", "nobody"}, url) == 70);
    on.postgres().query("create database empty");
    auto empty = url;
    empty.replace(empty.find("/postgres?"), 10, "/empty?");
    for (const auto& command : commands(fresh_key()))
        if (command.front() == "verify" || command.front() == "ledger")
            BOOST_TEST(exit_code(command, empty) != 1, command.front() << " " << command.back());
    on.postgres().query("alter table accounts disable trigger all");
    on.postgres().query(
        "insert into accounts (org_id, id, name, type, currency, balance) select id, gen_random_uuid(), 'x', 'asset', "
        "'EUR', 5 from organizations limit 1");
    BOOST_TEST(exit_code({"verify"}, url) == 1);
}

// It has no request and no log.
BOOST_AUTO_TEST_CASE(a_database_that_was_not_migrated_is_said_to_be_that) {
    deployment on;
    on.postgres().query("create database empty");
    auto empty = on.postgres().url();
    empty.replace(empty.find("/postgres?"), 10, "/empty?");
    const std::string told =
        "bursar: the database has not been migrated, or not as far as this program: run `bursar migrate`\n78";
    const temporary_folder folder;
    const auto accounts = folder.file("accounts.csv", "name,type,currency\n");
    for (auto command : commands(fresh_key())) {
        if (command.front() == "migrate")
            continue;
        if (command.back() == "/dev/null")
            command.back() = accounts;
        BOOST_TEST(said(command, empty) == told, command.front() << " " << command.back());
    }
    BOOST_TEST(said({"ledger", "anchor"}, empty) == told);
    on.postgres().query("alter table organizations rename column name to title");
    BOOST_TEST(said({"org", "list"}, on.postgres().url()) == told);
}

BOOST_AUTO_TEST_CASE(a_role_without_rights_is_said_to_be_that) {
    deployment on;
    on.postgres().query("create role stranger login");
    auto url = on.postgres().url();
    url.replace(url.find("bursar@"), 7, "stranger@");
    for (const auto& command : std::vector<words>{{"org", "list"}, {"org", "create", "A"}, {"verify"}}) {
        const auto text = said(command, url);
        BOOST_TEST(text.starts_with("bursar: the database role may not do this: "), text);
        BOOST_TEST(text.find("`bursar migrate --service-role ROLE`\n78") != std::string::npos, text);
    }
}

BOOST_AUTO_TEST_CASE(a_service_role_that_is_not_there_is_told_before_anything_is_done) {
    postgres_server postgres;
    const auto missing = said({"migrate", "--service-role", "nobodyrole"}, postgres.url());
    BOOST_TEST(missing == "bursar: there is no role nobodyrole: make it by CREATE ROLE, with LOGIN\n70");
    BOOST_TEST(postgres.query("select to_regclass('schema_migrations') is null") == "t");
    const auto over = said({"migrate", "--service-role", "bursar"}, postgres.url());
    BOOST_TEST(
        over.find("bursar: granting to bursar: the role bursar can bypass row-level security (P0001)\n70") !=
            std::string::npos,
        over);
    BOOST_TEST(over.find("CONTEXT") == std::string::npos, over);
}

BOOST_AUTO_TEST_CASE(anchors_that_cannot_be_written_break_no_books) {
    deployment on;
    const auto url = on.postgres().url();
    const temporary_folder folder;
    BOOST_TEST(
        said({"ledger", "anchor", "--file", "/nope/x"}, url) == "bursar: /nope/x: No such file or directory\n73");
    BOOST_TEST(
        said({"ledger", "anchor", "--file", folder.path()}, url) ==
        "bursar: " + folder.path() + ": Is a directory\n73");
    BOOST_TEST(exit_code({"org", "list"}, url) == 0);
    process full{
        launch{"/bin/sh", {"-c", std::string{BURSAR_BINARY} + " org list > /dev/full"}, {{"DATABASE_URL", url}}, {}}};
    BOOST_TEST(full.wait_exit().value_or(-1) == 74);
    BOOST_TEST(full.log() == "bursar: standard output cannot be written\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::commands_test
