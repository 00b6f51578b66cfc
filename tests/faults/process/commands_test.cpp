// The exit codes of commands when something is wrong: the database away is 69, at once; 1 is said by `verify` alone, of
// broken books.
#include "tests/support/deployment.hpp"
#include "tests/support/sql_session.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

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
        {"key", "create", "--org", org, "--name", "one"},
        {"invite", "--org", org, "--email", "a@example.org"},
        {"migrate"},
        {"migrate", "--service-role", "somebody"},
        {"migrate", "status"}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(commands_and_the_database)

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
