#include "server/config.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cstdio>
#include <fstream>

using namespace bursar::server;
using namespace std::chrono_literals;

namespace {

boost::system::result<config, config_errors> load(std::vector<std::string> arguments, std::vector<std::string> env) {
    std::vector<char*> environment;
    for (auto& entry : env)
        environment.push_back(entry.data());
    environment.push_back(nullptr);
    return load_config({std::move(arguments), environment.data()});
}

struct temporary_file {
    explicit temporary_file(std::string_view text) { std::ofstream{path} << text; }
    ~temporary_file() { std::remove(path.c_str()); }
    std::string path = "/tmp/bursar-config-test-" + std::to_string(::getpid());
};

} // namespace

BOOST_AUTO_TEST_SUITE(configuration)

BOOST_AUTO_TEST_CASE(has_defaults_for_all_but_the_database) {
    const auto loaded = load({}, {"DATABASE_URL=postgresql://x"});
    BOOST_REQUIRE(loaded.has_value());
    BOOST_TEST(loaded->listen.address().to_string() == "127.0.0.1");
    BOOST_TEST(loaded->listen.port() == 8080U);
    BOOST_TEST((loaded->idle_timeout == 75s));
    BOOST_TEST(loaded->rate_limit == 6'000U);
    BOOST_TEST(loaded->rate_limit_address == 60'000U);
    BOOST_TEST(loaded->rate_limit_network == 240'000U);
    BOOST_TEST(!loaded->cors_credentials);
    BOOST_TEST(!load({}, {}).has_value());
}

BOOST_AUTO_TEST_CASE(flags_win_over_the_environment_and_that_over_the_file) {
    const temporary_file file{"# a comment\nDATABASE_URL=file\nBURSAR_THREADS=3\nBURSAR_LOG_LEVEL=debug\n"};
    const auto loaded =
        load({"--config", file.path, "--threads=5"}, {"BURSAR_THREADS=4", "DATABASE_URL=env", "PATH=/"});
    BOOST_REQUIRE(loaded.has_value());
    BOOST_TEST(loaded->threads == 5U);
    BOOST_TEST(loaded->database_url == "env");
    BOOST_TEST((loaded->level == log_level::debug));
}

BOOST_AUTO_TEST_CASE(names_every_mistake_at_once_and_never_a_secret) {
    const auto loaded = load(
        {"--listen", "nowhere", "--colour", "red", "--drain-grace=0.5"},
        {"DATABASE_URL=", "BURSAR_THREADS=-1", "BURSAR_THREDS=2", "BURSAR_CORS_ORIGINS=*",
         "BURSAR_TLS_LISTEN=[::1]:8443", "BURSAR_IDLE_TIMEOUT=1.2345"});
    BOOST_REQUIRE(loaded.has_error());
    std::string all;
    for (const auto& message : loaded.error().messages)
        all += message + '\n';
    for (const auto* name :
         {"--listen", "--colour", "DATABASE_URL", "BURSAR_THREADS", "BURSAR_THREDS", "BURSAR_CORS_ORIGINS",
          "BURSAR_TLS_LISTEN", "BURSAR_IDLE_TIMEOUT"})
        BOOST_TEST(all.find(name) != std::string::npos, name);
    BOOST_TEST(all.find("drain") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(says_nothing_of_a_password_in_a_url_that_is_wrong) {
    const auto loaded = load({}, {"DATABASE_URL=x", "BURSAR_REDIS_URL=redis://:hush@cache:port"});
    BOOST_REQUIRE(loaded.has_error());
    BOOST_REQUIRE(loaded.error().messages.size() == 1U);
    BOOST_TEST(loaded.error().messages[0].starts_with("BURSAR_REDIS_URL: "));
    BOOST_TEST(loaded.error().messages[0].find("hush") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(says_nothing_of_a_password_beside_a_flag_that_is_misspelt) {
    const std::string secret = "redis://:hush@cache";
    const auto loaded = load(
        {"--redis-ulr", secret, "--redis_url=" + secret, secret, "--threads=5", "redis-url=" + secret, "--colour",
         "--listen", "nowhere"},
        {"DATABASE_URL=x"});
    BOOST_REQUIRE(loaded.has_error());
    const std::string unknown = ": unknown; see bursar serve --help";
    const std::vector<std::string> expected{
        "--redis-ulr" + unknown, "--redis_url" + unknown, "argument 4" + unknown, "argument 6" + unknown,
        "--colour" + unknown};
    const auto& messages = loaded.error().messages;
    BOOST_REQUIRE(messages.size() == expected.size() + 1);
    BOOST_TEST(std::vector(messages.begin(), messages.end() - 1) == expected, boost::test_tools::per_element());
    BOOST_TEST(messages.back().starts_with("--listen: "));
}

BOOST_AUTO_TEST_CASE(a_switch_needs_no_value) {
    const std::vector<std::vector<std::string>> ways{
        {"--share-port"}, {"--share-port", "--threads", "3"}, {"--share-port=on"}, {"--share-port", "on"}};
    for (const auto& given : ways) {
        const auto loaded = load(given, {"DATABASE_URL=x"});
        BOOST_REQUIRE(loaded.has_value());
        BOOST_TEST(loaded->share_port);
    }
    BOOST_TEST(!load({"--share-port", "off"}, {"DATABASE_URL=x"})->share_port);
    BOOST_TEST(!load({}, {"DATABASE_URL=x"})->share_port);
    BOOST_TEST(load({"--threads"}, {"DATABASE_URL=x"}).has_error());
    BOOST_TEST(load({"--share-port", "maybe"}, {"DATABASE_URL=x"}).has_error());
}

BOOST_AUTO_TEST_CASE(trusts_networks_and_names_their_header) {
    const auto loaded = load(
        {"--trusted-proxies", "10.0.0.0/8,2001:db8::/32,192.0.2.1", "--client-address-header", "forwarded"},
        {"DATABASE_URL=x"});
    BOOST_REQUIRE(loaded.has_value());
    BOOST_TEST(loaded->proxies.trusted.size() == 3U);
    BOOST_TEST(loaded->proxies.trusted[0].contains(asio::ip::make_address("10.9.9.9")));
    BOOST_TEST((loaded->proxies.header == http::client_address_header::forwarded));
    BOOST_TEST(load({"--trusted-proxies", "10.0.0.1/8"}, {"DATABASE_URL=x"}).has_error());
    BOOST_TEST(load({"--client-address-header", "X-Client"}, {"DATABASE_URL=x"}).has_error());
}

BOOST_AUTO_TEST_CASE(reads_fractions_of_a_second) {
    const auto loaded = load({"--drain-grace=0.25"}, {"DATABASE_URL=x"});
    BOOST_REQUIRE(loaded.has_value());
    BOOST_TEST((loaded->drain_grace == 250ms));
}

BOOST_AUTO_TEST_SUITE_END()
