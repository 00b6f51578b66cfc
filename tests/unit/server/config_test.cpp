#include "server/config.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace bursar::tests::config_test {

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

BOOST_AUTO_TEST_CASE(no_time_at_all_is_refused_where_it_would_let_nothing_through) {
    const auto all = settings();
    const auto accepted = [](const std::string& entry) { return load({}, {"DATABASE_URL=x", entry}).has_value(); };
    for (const auto& s : all) {
        const std::string name{s.name};
        const bool timed = name.ends_with("_TIMEOUT") || name.ends_with("_LIFETIME") || name == "BURSAR_DRAIN_LIMIT";
        BOOST_TEST((!timed || !accepted(name + "=0")), name);
        BOOST_TEST((!timed || !accepted(name + "=0.000")), name);
        BOOST_TEST((!timed || accepted(name + "=0.001")), name);
        // Where 0 means something the help says what.
        if (!s.fallback.empty() && s.fallback.find_first_not_of("0123456789.") == std::string_view::npos)
            BOOST_TEST(accepted(name + "=0") == (s.help.find("; 0: ") != std::string_view::npos), name);
    }
}

BOOST_AUTO_TEST_CASE(lists_may_have_blanks) {
    const auto loaded = load(
        {}, {"DATABASE_URL=x", "BURSAR_CORS_ORIGINS=https://a.example, https://b.example ,",
             "BURSAR_TRUSTED_PROXIES= 10.0.0.0/8 , 192.0.2.1", "BURSAR_IDP_ROLES=finance=admin, support=agent"});
    BOOST_REQUIRE(loaded.has_value());
    const std::vector<std::string> origins{"https://a.example", "https://b.example"};
    BOOST_TEST(loaded->cors_origins == origins, boost::test_tools::per_element());
    BOOST_TEST(loaded->proxies.trusted.size() == 2U);
    BOOST_TEST(loaded->idp_roles.size() == 2U);
    BOOST_TEST(loaded->idp_roles.contains("support"));
}

BOOST_AUTO_TEST_CASE(origins_are_kept_as_browsers_write_them) {
    for (const auto& [given, kept] : std::vector<std::pair<std::string, std::string>>{
             {"https://app.example:443", "https://app.example"},
             {"http://app.example:80", "http://app.example"},
             {"https://app.example:80", "https://app.example:80"},
             {"http://localhost:3000", "http://localhost:3000"},
             {"HTTPS://App.Example:0443", "https://app.example"},
             {"http://[2001:DB8:0::1]:8080", "http://[2001:db8::1]:8080"}}) {
        const auto loaded = load({}, {"DATABASE_URL=x", "BURSAR_CORS_ORIGINS=" + given});
        BOOST_REQUIRE(loaded.has_value());
        BOOST_TEST(loaded->cors_origins.at(0) == kept);
    }
    for (const std::string wrong :
         {"*", "null", "app.example", "https://", "https://*.example", "https://app.example/", "https://app.example/x",
          "https://ada@app.example", "https://app.example:", "https://app.example:0", "https://app.example:65536",
          "https://app.example:443:443", "ftp://app.example", "https://app.example?x", "https://b\xc3\xbc.example",
          "http://[2001:db8::1", "http://[2001:db8::1]x", "http://[]", "http://a b"})
        BOOST_TEST(load({}, {"DATABASE_URL=x", "BURSAR_CORS_ORIGINS=" + wrong}).has_error(), wrong);
}

BOOST_AUTO_TEST_CASE(connection_strings_are_judged_by_who_knows_them) {
    std::vector<std::string> entries{"DATABASE_URL=nope", "BURSAR_REPORTS_DATABASE_URL=fine"};
    std::vector<char*> environment{entries[0].data(), entries[1].data(), nullptr};
    const auto loaded =
        load_config({{"--reports-database-url", "nope"}, environment.data(), [](const std::string& url) {
                         return url == "nope" ? std::string{"is none"} : std::string{};
                     }});
    BOOST_REQUIRE(loaded.has_error());
    const std::vector<std::string> expected{"DATABASE_URL: is none", "--reports-database-url: is none"};
    BOOST_TEST(loaded.error().messages == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_flag_stands_once_and_takes_no_other_flag_for_its_value) {
    const auto mistakes = [](std::vector<std::string> flags) {
        const auto loaded = load(std::move(flags), {"DATABASE_URL=x"});
        return loaded.has_error() ? loaded.error().messages : std::vector<std::string>{};
    };
    const auto expect = [&](std::vector<std::string> flags, const std::string& message) {
        const auto found = mistakes(std::move(flags));
        BOOST_REQUIRE(found.size() == 1U);
        BOOST_TEST(found.front() == message);
    };
    expect({"--threads", "3", "--threads=4"}, "--threads: given twice");
    expect({"--share-port", "--share-port"}, "--share-port: given twice");
    expect({"--token-issuer", "--threads", "3"}, "--token-issuer: needs a value");
    expect({"--threads", "3", "--config"}, "--config: needs a value");
    expect({"--config", "/tmp"}, "--config: cannot read /tmp: Is a directory");
}

BOOST_AUTO_TEST_CASE(reads_fractions_of_a_second) {
    const auto loaded = load({"--drain-grace=0.25"}, {"DATABASE_URL=x"});
    BOOST_REQUIRE(loaded.has_value());
    BOOST_TEST((loaded->drain_grace == 250ms));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::config_test
