// The limits of one process, by HTTP. BURSAR_TEST_SECONDS sets how long the exactness is measured.
#include "tests/integration/middleware/metering.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::rate_limits_test {

namespace {

http_answer get(deployment& on, const std::string& key, std::string_view path = "/api/v1/tickets") {
    http_client client{on.port()};
    return client.request("GET", path, {{"Authorization", "Bearer " + key}});
}

std::string header(const http_answer& answer, std::string_view name) {
    return answer.header(name).value_or("");
}

} // namespace

BOOST_AUTO_TEST_SUITE(rate_limits)

BOOST_AUTO_TEST_CASE(a_key_gets_its_limit_and_is_told_of_it) {
    deployment on{{{"BURSAR_RATE_LIMIT", "3"}}};
    const auto printed = on.command({"key", "create", "--org", on.org(), "--name", "plain"});
    const auto key = printed.substr(printed.find("bsk_live_"), 45);
    const auto first = get(on, key);
    BOOST_TEST(first.status == 200U);
    BOOST_TEST(header(first, "RateLimit-Policy") == "\"default\";q=3;w=60");
    BOOST_TEST(header(first, "RateLimit") == "\"default\";r=2;t=20");
    get(on, key);
    BOOST_TEST(get(on, key).status == 200U);
    const auto refused = get(on, key);
    BOOST_TEST(refused.status == 429U);
    BOOST_TEST(refused.body.find("RATE_LIMITED") != std::string::npos);
    BOOST_TEST(header(refused, "RateLimit") == "\"default\";r=0;t=" + header(refused, "Retry-After"));
    BOOST_TEST(std::stoi(header(refused, "Retry-After")) <= 20);
    BOOST_TEST(on.bursar().metric("bursar_rate_limited_requests_total{policy=\"default\"}") == 1.0);

    // Its own limit goes before, as soon as the change is heard of.
    on.postgres().query("update api_keys set rate_limit = 100000 where name = 'plain'");
    wait_for([&] { return get(on, key).status == 200; });
    BOOST_TEST(header(get(on, key), "RateLimit-Policy") == "\"default\";q=100000;w=60");
    BOOST_TEST(!get(on, on.key()).header("RateLimit").has_value()); // --rate-limit 0
}

BOOST_AUTO_TEST_CASE(what_costs_much_has_a_budget_apart) {
    deployment on{{{"BURSAR_RATE_LIMIT_EXPENSIVE", "1"}}};
    const auto printed = on.command({"key", "create", "--org", on.org(), "--name", "plain"});
    const auto key = printed.substr(printed.find("bsk_live_"), 45);
    BOOST_TEST(header(get(on, key, "/api/v1/trial-balance"), "RateLimit-Policy") == "\"expensive\";q=1;w=60");
    BOOST_TEST(get(on, key, "/api/v1/trial-balance").status == 429U);
    BOOST_TEST(get(on, key).status == 200U);
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(get(on, on.key(), "/api/v1/trial-balance").status == 200U);
}

BOOST_AUTO_TEST_CASE(an_address_is_limited_with_and_without_a_key_and_probes_are_not) {
    deployment on{{{"BURSAR_RATE_LIMIT_ADDRESS", "3"}}};
    BOOST_TEST(get(on, on.key()).status == 200U);
    BOOST_TEST(get(on, "wrong").status == 401U);
    BOOST_TEST(get(on, on.key(), "/api/v1/nowhere").status == 404U);
    const auto refused = get(on, on.key());
    BOOST_TEST(refused.status == 429U);
    BOOST_TEST(header(refused, "RateLimit-Policy") == "\"address\";q=3;w=60");
    for (int i = 0; i < 5; ++i)
        for (const auto* probe : {"/livez", "/readyz"})
            BOOST_TEST(http_get(on.port(), probe).status == 200U, probe);
}

BOOST_AUTO_TEST_CASE(one_process_lets_through_exactly_the_limit) {
    constexpr int limit = 3'000;
    deployment on;
    const meter client{{on.port(), on.port()}, limited_key(on, limit)};
    const auto burst = client.spend();
    BOOST_TEST(burst.strange.empty());
    BOOST_TEST(static_cast<double>(burst.passed) >= limit);
    BOOST_TEST(static_cast<double>(burst.passed) <= 1.01 * (limit + due(limit, burst.seconds)));
    const auto after = client.measure(measuring_time());
    BOOST_TEST(after.strange.empty());
    BOOST_TEST(after.refused > 0U);
    const auto expected = due(limit, after.seconds);
    BOOST_TEST_MESSAGE("passed " << after.passed << " of " << expected);
    BOOST_TEST(static_cast<double>(after.passed) >= 0.99 * expected - 1);
    BOOST_TEST(static_cast<double>(after.passed) <= 1.01 * expected + 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::rate_limits_test
