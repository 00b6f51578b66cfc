#include "db/checksum.hpp"
#include "db/connect_options.hpp"
#include "db/sqlstate.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

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

connect_options of(const std::string& url, const std::string& search_path = {}) {
    return connect_options{{url, "bursar", search_path, std::chrono::milliseconds{250}}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(connection_options)

BOOST_AUTO_TEST_CASE(what_the_url_says_wins) {
    const auto plain = of("postgresql://u@h/d");
    BOOST_TEST(keyword(plain, "target_session_attrs") == "read-write");
    BOOST_TEST(keyword(plain, "application_name") == "bursar");
    BOOST_TEST(keyword(plain, "options").find("statement_timeout=250") != std::string::npos);
    const auto replica = connect_options{{"postgresql://u@h/d", "bursar", {}, {}, {}, "prefer-standby"}};
    BOOST_TEST(keyword(replica, "target_session_attrs") == "prefer-standby");
    const auto own = of("postgresql://u@h/d?target_session_attrs=any&options=-c%20statement_timeout%3D7");
    BOOST_TEST(keyword(own, "target_session_attrs") == "any");
    // PostgreSQL takes the last of a setting given twice.
    const auto settings = keyword(own, "options");
    BOOST_TEST(settings.substr(settings.rfind("statement_timeout=")).starts_with("statement_timeout=7 "));
}

BOOST_AUTO_TEST_CASE(a_warning_at_commit_cannot_be_switched_off) {
    for (const auto* url : {"postgresql://u@h/d", "postgresql://u@h/d?options=-c%20client_min_messages%3Derror"})
        BOOST_TEST(keyword(of(url), "options").ends_with(" -c client_min_messages=warning"));
}

BOOST_AUTO_TEST_CASE(a_setting_with_spaces_is_escaped) {
    BOOST_TEST(
        keyword(of("postgresql://u@h/d", "a, b\\c"), "options").find("search_path=a,\\ b\\\\c") != std::string::npos);
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
