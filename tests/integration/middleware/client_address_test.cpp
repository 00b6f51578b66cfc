// Whom the audit log names when a proxy passes a request on.
#include "tests/support/deployment.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::client_address_test {

BOOST_AUTO_TEST_SUITE(client_addresses)

// 127.0.0.1 is ::ffff:127.0.0.1 there.
BOOST_AUTO_TEST_CASE(a_proxy_is_known_to_a_listener_for_both_families) {
    deployment on{{{"BURSAR_TRUSTED_PROXIES", "127.0.0.1"}}};
    process both{launch{BURSAR_BINARY, {"serve", "--listen", "[::]:0"}, on.environment(), {}}};
    http_client proxy{port_in(both.wait_for_line("\"event\":\"listening\""))};
    auto headers = on.headers(fresh_key());
    headers.emplace_back("X-Forwarded-For", "192.0.2.66");
    headers.emplace_back("X-Forwarded-For", "192.0.2.1");
    BOOST_TEST(proxy.request("POST", "/api/v1/customers", headers, R"({"name":"Ada"})").status == 201U);
    BOOST_TEST(
        on.postgres().query("select host(client_address) from audit_log where action = 'createCustomer'") ==
        "192.0.2.1");
    proxy.request("POST", "/api/v1/customers", on.headers(fresh_key()), R"({"name":"Ada"})");
    BOOST_TEST(
        on.postgres().query("select host(client_address) from audit_log where action = 'createCustomer' "
                            "order by id desc limit 1") == "127.0.0.1");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::client_address_test
