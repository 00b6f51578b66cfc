// Commands used wrongly, files and settings that cannot be used: one line that says what is wrong, and the exit code
// that sysexits.h has for it. No database is asked.
#include "tests/faults/process/commands.hpp"
#include "tests/support/deployment.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::usage_test {

namespace {

constexpr const char* nobody = "postgresql://bursar@127.0.0.1:1/postgres";

} // namespace

BOOST_AUTO_TEST_SUITE(commands_used_wrongly)

BOOST_AUTO_TEST_CASE(wrong_usage_is_told_in_a_line) {
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
             {{"key", "create", "--org", id, "--name", "--permissions", "all"}, "--name needs a value"},
             {{"key", "create", "--org", id, "--name", ""}, "--name needs a value"},
             {{"key", "create", "--org", id, "--name="}, "--name needs a value"},
             {{"key", "create", "--org", id, "--org", id, "--name", "x"}, "--org is given twice"},
             {{"key", "create", "--org", id, "--name", "x", "--name=y"}, "--name is given twice"},
             {{"key", "create", "--org", id, "--name", "x", "--permissions", ""}, "--permissions needs a value"},
             {{"key", "create", "--org", id, "--name", "x", "--permissions", " , "},
              "--permissions must be all, or a list of permissions such as tickets:read,tickets:write"},
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
             {{"migrate", "status", "--service-role", "x"}, "--service-role is no flag of migrate status"},
             {{"verify", "--threads", "1", "--threads", "2"}, "--threads is given twice"},
             {{"verify", "--database-url", "--threads", "2"}, "--database-url needs a value"},
             {{"verify", "--org", "x"}, "--org must be an id, which is a UUID"},
             {{"ledger"}, "ledger is followed by anchor, export-chain, import or archive"},
             {{"ledger", "import", "--org", id}, "--accounts or --transfers is needed"},
             {{"ledger", "import", "--org", id, "--accounts", "", "--transfers", ""}, "--accounts needs a value"},
             {{"ledger", "import", "--org", id, "--dry-run", "--dry-run"}, "--dry-run is given twice"},
             {{"ledger", "import", "--org", id, "--dry-run=yes"}, "--dry-run takes no value"},
             {{"ledger", "archive", "--older-than", "7"},
              "--older-than must be whole years or months, such as 7y or 18m"},
             {{"signing-keys"}, "signing-keys is followed by rotate and the name of a file"},
             {{"signing-keys", "rotate", "a", "b"}, "signing-keys is followed by rotate and the name of a file"},
             {{"version", "x"}, "there is a word too many"},
             {{"openapi", "x"}, "there is a word too many"},
             {{"statements", "--threads=1"}, "--threads is no flag of this command"},
             {{"frobnicate", "--help"}, "there is no such command"}})
        BOOST_TEST(said(command, nobody) == "bursar: " + why + "; see bursar --help\n64");
}

BOOST_AUTO_TEST_CASE(every_command_tells_its_usage) {
    for (const auto& command : std::vector<words>{
             {"migrate"},
             {"migrate", "status"},
             {"org"},
             {"org", "create"},
             {"key", "create"},
             {"key"},
             {"invite"},
             {"signing-keys"},
             {"signing-keys", "rotate"},
             {"verify"},
             {"ledger"},
             {"ledger", "import"},
             {"openapi"},
             {"statements"},
             {"version"}}) {
        auto asked = command;
        asked.emplace_back("--help");
        const auto text = said(asked, nobody);
        auto begin = std::string{"usage:\n  bursar"};
        for (const auto& word : command)
            begin += ' ' + word;
        BOOST_TEST(text.starts_with(begin), text);
        BOOST_TEST(text.ends_with("\n0"), text);
        BOOST_TEST(text.find("bursar serve [") == std::string::npos, text);
    }
    BOOST_TEST(said({"key", "list", "--help"}, nobody).find("key revoke") == std::string::npos);
    BOOST_TEST(said({"org", "create", "-h"}, nobody).starts_with("usage:\n  bursar org create NAME"));
    BOOST_TEST(said({"help", "verify"}, nobody).starts_with("usage:\n  bursar verify"));
    BOOST_TEST(said({"serve", "--help"}, nobody).starts_with("usage: bursar serve"));
    for (const auto* every : {"--help", "-h", "help"})
        BOOST_TEST(said({every}, nobody).starts_with("bursar: a payments back end"));
}

BOOST_AUTO_TEST_CASE(a_setting_that_cannot_be_used_is_told_by_its_name) {
    const temporary_folder folder;
    const auto text = folder.file("text", "hello\n");
    const environment base{{"DATABASE_URL", nobody}, {"BURSAR_LISTEN", "127.0.0.1:0"}};
    const auto with = [&](const environment& more) {
        auto all = base;
        all.insert(all.end(), more.begin(), more.end());
        return said({"serve"}, all);
    };
    for (const auto& [name, settings] : std::vector<std::pair<std::string, environment>>{
             {"DATABASE_URL", {{"DATABASE_URL", "nope"}}},
             {"DATABASE_URL", {{"DATABASE_URL", "postgresql://h:70000/d"}}},
             {"BURSAR_REPORTS_DATABASE_URL", {{"BURSAR_REPORTS_DATABASE_URL", "nope"}}},
             {"BURSAR_SIGNING_KEYS", {{"BURSAR_SIGNING_KEYS", "/nope"}}},
             {"BURSAR_SIGNING_KEYS", {{"BURSAR_SIGNING_KEYS", folder.path()}}},
             {"BURSAR_SIGNING_KEYS", {{"BURSAR_SIGNING_KEYS", text}}},
             {"BURSAR_TLS_CERTIFICATE",
              {{"BURSAR_TLS_LISTEN", "127.0.0.1:0"},
               {"BURSAR_TLS_CERTIFICATE", "/nope"},
               {"BURSAR_TLS_PRIVATE_KEY", "/nope"}}},
             {"BURSAR_REQUEST_TIMEOUT", {{"BURSAR_REQUEST_TIMEOUT", "0"}}}}) {
        const auto answer = with(settings);
        BOOST_TEST(answer.find(name + ": ") != std::string::npos, answer);
        BOOST_TEST(answer.ends_with("\n78"), answer);
    }
    for (const auto& command : std::vector<words>{{"verify"}, {"migrate"}, {"org", "list"}, {"ledger", "anchor"}})
        BOOST_TEST(
            said(command, "nope") ==
            "bursar: the configuration is wrong:\n  DATABASE_URL: must be a PostgreSQL connection string, such as "
            "postgresql://user@host/database\n78");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_used_is_named) {
    const temporary_folder folder;
    const auto& path = folder.path();
    BOOST_TEST(said({"signing-keys", "rotate", path}, nobody) == "bursar: " + path + ": Is a directory\n65");
    BOOST_TEST(
        said({"signing-keys", "rotate", "/nope/x"}, nobody) == "bursar: /nope/x.new: No such file or directory\n73");
    BOOST_TEST(said({"verify", "--anchor", path}, nobody) == "bursar: " + path + ": Is a directory\n65");
    BOOST_TEST(said({"verify", "--anchor", "/nope"}, nobody) == "bursar: /nope: No such file or directory\n65");
    const auto config = said({"serve", "--config", path}, nobody);
    BOOST_TEST(config.find("--config: cannot read " + path + ": Is a directory\n78") != std::string::npos, config);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::usage_test
