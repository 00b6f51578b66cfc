// The exit codes of commands when something is wrong: the database away is 69, at once; 1 is said by `verify` alone, of
// broken books.
#include "tests/support/deployment.hpp"
#include "tests/support/sql_session.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

using namespace bursar::tests;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string>;

process start(words arguments, const std::string& url) {
    return process{launch{BURSAR_BINARY, std::move(arguments), {{"DATABASE_URL", url}}, {}}};
}

int exit_code(words arguments, const std::string& url, std::chrono::milliseconds within = 30s) {
    auto running = start(std::move(arguments), url);
    return running.wait_exit(within).value_or(-1);
}

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

// What it says, and its exit code behind that.
std::string said(words arguments, const std::string& url) {
    auto running = start(std::move(arguments), url);
    const auto code = running.wait_exit(10s).value_or(-1);
    return running.log() + std::to_string(code);
}

} // namespace

BOOST_AUTO_TEST_SUITE(commands_and_the_database)

BOOST_AUTO_TEST_CASE(wrong_usage_is_told_in_a_line) {
    const auto nobody = "postgresql://bursar@127.0.0.1:1/postgres";
    const auto id = fresh_key();
    for (const auto& [command, why] : std::vector<std::pair<words, std::string>>{
             {{}, "a command is needed"},
             {{"frobnicate"}, "there is no such command"},
             {{"org"}, "org is followed by create or list"},
             {{"org", "make"}, "org is followed by create or list"},
             {{"org", "create"}, "org create is followed by a name"},
             {{"org", "create", "A", "B"}, "there is a word too many"},
             {{"key"}, "key is followed by create, list or revoke"},
             {{"key", "create", "--name", "x"}, "--org is needed"},
             {{"key", "create", "--org", "x", "--name", "x"}, "--org must be an id, which is a UUID"},
             {{"key", "create", "--org", id}, "--name is needed"},
             {{"key", "create", "--org", id, "--name"}, "--name needs a value"},
             {{"key", "create", "--org", id, "--name", "x", "--rate-limit", "-1"},
              "--rate-limit must be a whole number from 0 to 1000000"},
             {{"key", "create", "--org", id, "--name", "x", "--permissions", "all,too"},
              "--permissions must be all, or a list of permissions such as tickets:read,tickets:write"},
             {{"key", "create", "--org", id, "--name", "x", "--nmae=y"},
              "--nmae is no flag of this command, nor a setting"},
             {{"key", "list"}, "key list is followed by the id of an organization"},
             {{"key", "list", "x"}, "key list is followed by the id of an organization, which is a UUID"},
             {{"key", "revoke"}, "key revoke is followed by the id of a key"},
             {{"invite", "--org", id, "--email", "ada"}, "--email must be an e-mail address in ASCII"},
             {{"invite", "--org", id, "--email", "a@b.c", "--role", "king"},
              "--role must be owner, admin, agent or viewer"},
             {{"migrate", "everything"}, "there is a word too many"},
             {{"verify", "--org", "x"}, "--org must be an id, which is a UUID"},
             {{"ledger"}, "ledger is followed by anchor, export-chain, import or archive"},
             {{"ledger", "import", "--org", id}, "--accounts or --transfers is needed"},
             {{"ledger", "archive", "--older-than", "7"},
              "--older-than must be whole years or months, such as 7y or 18m"},
             {{"signing-keys"}, "signing-keys is followed by rotate and the name of a file"}})
        BOOST_TEST(said(command, nobody) == "bursar: " + why + "; see bursar --help\n64");
}

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
            BOOST_TEST(exit_code(command, empty) == 70, command.front() << " " << command.back());
    on.postgres().query("alter table accounts disable trigger all");
    on.postgres().query(
        "insert into accounts (org_id, id, name, type, currency, balance) select id, gen_random_uuid(), 'x', 'asset', "
        "'EUR', 5 from organizations limit 1");
    BOOST_TEST(exit_code({"verify"}, url) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
