#include "db/checksum.hpp"
#include "db/connect_options.hpp"
#include "db/driver/connect_failure.hpp"
#include "db/driver/sqlstate.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

namespace bursar::tests::connect_options_test {

using namespace bursar::db;
using bursar::server::errc;

namespace {

std::string keyword(const connect_options& options, std::string_view name) {
    const auto arrays = options.get();
    for (std::size_t i = 0; arrays.keywords[i] != nullptr; ++i)
        if (arrays.keywords[i] == name)
            return arrays.values[i];
    return "(none)";
}

// The value that a setting of the session gets.
std::string setting(const connect_options& options, std::string_view name) {
    for (const auto& [known, value] : options.session())
        if (known == name)
            return value;
    return "(none)";
}

connect_options of(const std::string& url, const std::string& search_path = {}) {
    return connect_options{{url, "bursar", search_path, std::chrono::milliseconds{250}}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(connection_options)

BOOST_AUTO_TEST_CASE(what_the_url_says_wins) {
    const auto plain = of("postgresql://u@h/d");
    BOOST_TEST(keyword(plain, "target_session_attrs") == "read-write");
    BOOST_TEST(keyword(plain, "application_name") == "bursar");
    BOOST_TEST(setting(plain, "statement_timeout") == "250");
    const auto replica = connect_options{{"postgresql://u@h/d", "bursar", {}, {}, {}, "prefer-standby"}};
    BOOST_TEST(keyword(replica, "target_session_attrs") == "prefer-standby");
    const auto own = of("postgresql://u@h/d?target_session_attrs=any&options=-c%20statement_timeout%3D7");
    BOOST_TEST(keyword(own, "target_session_attrs") == "any");
    BOOST_TEST(setting(own, "statement_timeout") == "7");
    BOOST_TEST(setting(own, "jit") == "off");
}

// A pooler refuses `options` as it comes.
BOOST_AUTO_TEST_CASE(no_setting_travels_in_the_startup_packet) {
    BOOST_TEST(keyword(of("postgresql://u@h/d", "a, b\\c"), "options") == "(none)");
    BOOST_TEST(setting(of("postgresql://u@h/d", "a, b\\c"), "search_path") == "a, b\\c");
    const auto own = of("host=h options='-c jit=on --work-mem=7MB -csearch_path=a,\\\\ b -c TIMEZONE=Europe/Berlin'");
    BOOST_TEST(keyword(own, "options") == "(none)");
    BOOST_TEST(setting(own, "jit") == "on");
    BOOST_TEST(setting(own, "work_mem") == "7MB");
    BOOST_TEST(setting(own, "search_path") == "a, b");
    BOOST_TEST(setting(own, "TimeZone") == "Europe/Berlin");
    // What is no setting is the operator's, as it stands.
    BOOST_TEST(keyword(of("host=h options='-B 12'"), "options") == "-B 12");
}

BOOST_AUTO_TEST_CASE(what_the_ledger_rests_on_is_set_behind_all_else) {
    const auto options = of("postgresql://u@h/d?options=-c%20client_min_messages%3Derror%20-c%20row_security%3Doff");
    const auto columns = session_columns(options);
    const auto last = "$" + std::to_string(session_values(options).size()) + ", false)";
    for (const auto* fixed :
         {"'client_min_messages', 'warning'", "'row_security', 'on'", "'synchronous_commit'", "'transaction_timeout'"})
        BOOST_TEST((columns.find(fixed) > columns.find(last) && columns.find(fixed) != std::string::npos), fixed);
}

BOOST_AUTO_TEST_CASE(a_reason_gives_nothing_away) {
    for (const auto& [state, reason] : std::vector<std::pair<std::string, std::string>>{
             {"28P01", "password refused"},
             {"3D000", "no such database"},
             {"53300", "too many connections"},
             {"57P03", "starting up, or shutting down"},
             {"99999", "refused by the server"}})
        BOOST_TEST(connect_reason(state) == reason);
    BOOST_TEST((connect_failure{"password refused", "28P01"}.text() == "password refused (28P01)"));
    BOOST_TEST((connect_failure{"connection refused"}.text() == "connection refused"));
}

// The host of the failure, its user and database are in libpq's words and in none of ours.
BOOST_AUTO_TEST_CASE(who_does_nothing_else_connects_or_is_told_why) {
    connect_failure why;
    BOOST_TEST(connect_and_set_up(of("postgresql://ada:secret@127.0.0.1:1/books"), why) == nullptr);
    BOOST_TEST(why.text() == "connection refused");
    BOOST_TEST(connect_and_set_up(of("postgresql:///books?host=/nowhere"), why) == nullptr);
    BOOST_TEST(why.text() == "no socket at that path");
}

BOOST_AUTO_TEST_CASE(hosts_take_turns) {
    auto options = of("postgresql://u@a:1,b:2,c:3/d");
    options.rotate_hosts();
    BOOST_TEST(keyword(options, "host") == "b,c,a");
    BOOST_TEST(keyword(options, "port") == "2,3,1");
    auto one_port = of("host=a,b port=5 dbname=d");
    one_port.rotate_hosts();
    BOOST_TEST(keyword(one_port, "host") == "b,a");
    BOOST_TEST(keyword(one_port, "port") == "5");
}

BOOST_AUTO_TEST_CASE(a_bad_url_is_refused_without_its_password) {
    try {
        of("postgresql://u:secret@[h/d");
        BOOST_FAIL("accepted");
    } catch (const std::invalid_argument& e) {
        BOOST_TEST(std::string_view{e.what()}.find("secret") == std::string_view::npos);
    }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_url_is_said_before_anybody_connects) {
    for (const auto* fine :
         {"postgresql://u:p@h/d", "postgresql:///books?host=/run/postgresql", "host=a,b port=5 dbname=d", "dbname=d",
          "postgresql://a:1,b:2/d?target_session_attrs=any", "postgresql://a,b:2/d", "postgresql://h/d?sslmode=require",
          "host=h connect_timeout=3", ""})
        BOOST_TEST(url_objection(fine) == "", fine);
    for (const auto& [wrong, part] : std::vector<std::pair<std::string, std::string>>{
             {"nope", "a PostgreSQL connection string"},
             {"mysql://h/d", "a PostgreSQL connection string"},
             {"postgresql://u:secret@[h/d", "a PostgreSQL connection string"},
             {"postgresql://h/d?colour=secret", "a PostgreSQL connection string"},
             {"postgresql://h:secret/d", "port"},
             {"postgresql://h:65536/d", "port"},
             {"host=a,b,c port=1,2", "port"},
             {"postgresql://h/d?sslmode=secret", "sslmode"},
             {"host=h target_session_attrs=secret", "target_session_attrs"},
             {"host=h connect_timeout=secret", "connect_timeout"}}) {
        const auto told = url_objection(wrong);
        BOOST_TEST(told.find(part) != std::string::npos, wrong << ": " << told);
        BOOST_TEST(told.find("secret") == std::string::npos, told);
    }
}

BOOST_AUTO_TEST_CASE(sqlstates_are_mapped) {
    BOOST_TEST((code_of("23505") == errc::conflict));
    BOOST_TEST((code_of("57014") == errc::deadline_exceeded));
    for (const auto* state :
         {"57P01", "57P03", "08006", "53300", "40001", "40P01", "25006", "25P03", "25P04", "55P03", "BU001"})
        BOOST_TEST((code_of(state) == errc::dependency_unavailable), state);
    for (const auto* state : {"42601", "22012", "42501", "XX000", "25P02"})
        BOOST_TEST((code_of(state) == errc::internal), state);
}

BOOST_AUTO_TEST_CASE(checksums_are_sha_256) {
    // FIPS 180-4, the one-block example.
    BOOST_TEST(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::connect_options_test
