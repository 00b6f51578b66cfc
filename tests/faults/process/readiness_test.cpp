// A database that answers and takes no writes: readiness tells, though nobody writes.
#include "tests/support/deployment.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::readiness_test {

namespace {

void check_told(deployment& on, const std::string& setting, const std::string& value) {
    auto& postgres = on.postgres();
    on.wait_until_ready();
    postgres.query("alter system set " + setting + " = '" + value + "'");
    postgres.query("select pg_reload_conf()");
    on.wait_until_ready(503);
    wait_for([&] { return http_get(on.port(), "/readyz").body.find(R"("pointer":"writes")") != std::string::npos; });
    BOOST_TEST(http_get(on.port(), "/livez").status == 200U);
    wait_for([&] { return on.bursar().metric("bursar_database_writable") == 0 || setting.starts_with("synchronous"); });
    BOOST_TEST(
        (http_get(on.port(), "/readyz?verbose").body.find("it may be missing") != std::string::npos) ==
        setting.starts_with("synchronous"));
    postgres.query("alter system reset " + setting);
    postgres.query("select pg_reload_conf()");
    on.wait_until_ready();
    BOOST_TEST(on.bursar().metric("bursar_database_writable") == 1);
}

} // namespace

BOOST_AUTO_TEST_SUITE(readiness)

BOOST_AUTO_TEST_CASE(a_database_that_takes_no_writes_is_not_ready) {
    deployment on{{}, true};
    check_told(on, "default_transaction_read_only", "on");
    // As of a full disk: no room for another file.
    check_told(on, "temp_file_limit", "64kB");
    check_told(on, "synchronous_standby_names", "nobody");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::readiness_test
