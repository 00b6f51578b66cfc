// What is asked without a credential: the probes and the metrics, on a listener of their own if there is one, and the
// documentation.
#include "tests/support/deployment.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::operations_test {

namespace {

unsigned status_of(std::uint16_t port, std::string_view path) {
    return http_get(port, path).status;
}

} // namespace

BOOST_AUTO_TEST_SUITE(operations)

BOOST_AUTO_TEST_CASE(have_a_listener_of_their_own_where_one_is_set) {
    deployment all{{{"BURSAR_OPERATIONS_LISTEN", "127.0.0.1:0"}, {"BURSAR_RATE_LIMIT_ADDRESS", "20"}}};
    const auto operations = port_in(all.server().wait_for_line("\"operations\":true"));
    const auto metrics = http_get(operations, "/metrics");
    BOOST_TEST(metrics.status == 200U);
    for (const auto* line :
         {"db_client_", "\nprocess_cpu_seconds_total ", "\nprocess_start_time_seconds ", "\nbursar_uptime_seconds ",
          "\nbursar_build_info{", "\n# TYPE process_cpu_seconds_total counter\n"})
        BOOST_TEST(metrics.body.find(line) != std::string::npos, line);
    const auto value_of = [&](const std::string& name) {
        const auto line = "\n" + name + " ";
        return std::stod(metrics.body.substr(metrics.body.find(line) + line.size()));
    };
    BOOST_TEST(value_of("process_cpu_seconds_total") > 0);
    const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    const auto started = value_of("process_start_time_seconds");
    BOOST_TEST((started > now - 600 && started <= now + 1), started);
    BOOST_TEST(status_of(all.port(), "/metrics") == 404U);
    for (const auto* probe : {"/livez", "/readyz", "/health", "/version"}) {
        BOOST_TEST(status_of(operations, probe) == 200U, probe);
        BOOST_TEST(status_of(all.port(), probe) == 200U, probe);
    }
    http_client client{operations};
    for (const auto* other : {"/", "/docs", "/openapi.json", "/api/v1/customers"})
        BOOST_TEST(client.request("GET", other, all.headers()).status == 404U, other);
    BOOST_TEST(client.request("POST", "/api/v1/sessions", all.headers(), "{}").status == 404U);
    for (int i = 0; i < 50; ++i)
        BOOST_TEST(client.request("GET", "/metrics").status == 200U);
}

BOOST_AUTO_TEST_CASE(count_against_the_address_but_for_the_probes) {
    deployment all{{{"BURSAR_RATE_LIMIT_ADDRESS", "20"}}};
    BOOST_TEST(status_of(all.port(), "/metrics") == 200U);
    http_client client{all.port()};
    unsigned allowed = 0;
    while (client.request("GET", "/openapi.json").status == 200U)
        BOOST_REQUIRE(++allowed < 25U);
    for (const auto* path :
         {"/openapi.json", "/docs", "/docs/app.js", "/docs/style.css", "/metrics", "/health", "/version", "/nowhere",
          "/api/v1/customers"})
        BOOST_TEST(client.request("GET", path).status == 429U, path);
    for (int i = 0; i < 50; ++i)
        BOOST_TEST(client.request("GET", i % 2 == 0 ? "/livez" : "/readyz").status == 200U);
}

BOOST_AUTO_TEST_CASE(show_a_document_that_is_known_by_its_tag_in_each_form) {
    deployment all;
    http_client client{all.port()};
    const auto plain = client.request("GET", "/openapi.json");
    const auto packed = client.request("GET", "/openapi.json", {{"Accept-Encoding", "gzip"}});
    BOOST_TEST(packed.body.size() < plain.body.size() / 4);
    BOOST_TEST(packed.header("Vary").value_or("") == "Accept-Encoding");
    BOOST_TEST(plain.header("Vary").value_or("") == "Accept-Encoding");
    const auto tag = packed.header("ETag").value_or("");
    BOOST_TEST(tag.starts_with('"'));
    BOOST_TEST(tag != plain.header("ETag").value_or(""));
    const auto same = client.request("GET", "/openapi.json", {{"Accept-Encoding", "gzip"}, {"If-None-Match", tag}});
    BOOST_TEST(same.status == 304U);
    BOOST_TEST(same.header("ETag").value_or("") == tag);
    BOOST_TEST(!same.header("Content-Encoding"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::operations_test
