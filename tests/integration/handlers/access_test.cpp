// Who is let in, what the probes say, and what the binary itself answers to a bad start.
#include "tests/integration/handlers/desk.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

using namespace bursar::tests;

namespace {

constexpr std::string_view path = "/api/v1/tickets";

reply get_with(std::string key) {
    return caller{std::move(key)}.get(path);
}

std::string new_key(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"key", "create", "--org", the_deployment().org(), "--name", "Test"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto printed = the_deployment().command(arguments);
    return printed.substr(printed.find("bsk_live_"), 45);
}

http_answer ask(const std::string& target) {
    return http_get(the_deployment().port(), target);
}

} // namespace

BOOST_AUTO_TEST_SUITE(letting_in)

BOOST_AUTO_TEST_CASE(without_a_good_key_there_is_one_answer) {
    const auto good = the_deployment().key();
    auto mistyped = good;
    mistyped[20] = mistyped[20] == 'a' ? 'b' : 'a';
    const std::vector<std::string> bad{"", "bsk_live_", mistyped, good + "x", std::string(5'000, 'k')};
    for (const auto& key : bad) {
        const auto answer = get_with(key);
        BOOST_TEST(answer.status == 401U, key);
        BOOST_TEST(answer.code() == "UNAUTHENTICATED", key);
    }
    http_client client{the_deployment().port()};
    const auto bare = client.request("GET", std::string{path});
    BOOST_TEST(bare.status == 401U);
    BOOST_TEST(bare.header("WWW-Authenticate").value_or("") == "Bearer");
    BOOST_TEST(client.request("GET", std::string{path}, {{"Authorization", "Basic YTpi"}}).status == 401U);
    BOOST_TEST(client.request("GET", std::string{path}, {{"Authorization", "bearer " + good}}).status == 200U);
}

BOOST_AUTO_TEST_CASE(a_key_may_do_what_it_was_made_for) {
    caller reader{new_key({"--permissions", "tickets:read"})};
    BOOST_TEST(reader.get(path).status == 200U);
    const auto refused = reader.post("/api/v1/customers", R"({"name":"Ada"})");
    BOOST_TEST(refused.status == 403U);
    BOOST_TEST(refused.code() == "PERMISSION_DENIED");
}

BOOST_AUTO_TEST_CASE(a_key_that_is_withdrawn_or_expires_stops_working_within_a_second) {
    for (const std::string change :
         {"UPDATE api_keys SET expires_at = now() - interval '1 s'", "UPDATE api_keys SET revoked_at = now()",
          "DELETE FROM api_keys"}) {
        const auto key = new_key();
        BOOST_TEST(get_with(key).status == 200U);
        the_deployment().postgres().query(change + " WHERE key_hash = sha256('" + key + "')");
        wait_for([&] { return get_with(key).status == 401U; }, std::chrono::seconds{1});
    }
}

BOOST_AUTO_TEST_CASE(probes_say_what_they_checked) {
    BOOST_TEST(ask("/livez").body == R"({"data":{"status":"alive"}})");
    BOOST_TEST(ask("/livez?verbose").body.find(R"("name":"event_loop","status":"up")") != std::string::npos);
    BOOST_TEST(ask("/readyz").body == R"({"data":{"status":"ready"}})");
    BOOST_TEST(ask("/readyz?verbose").body.find(R"("name":"database","status":"up")") != std::string::npos);
    BOOST_TEST(ask("/health").status == 200U);
    BOOST_TEST(ask("/version").body.find(R"("name":"bursar")") != std::string::npos);
    BOOST_TEST(ask("/livez").header("X-Content-Type-Options").value_or("") == "nosniff");
    const auto metrics = ask("/metrics");
    BOOST_TEST(metrics.header("Content-Type").value_or("").starts_with("text/plain; version=0.0.4"));
    for (const char* name :
         {"http_server_request_duration_seconds_bucket{", "http_server_active_requests ",
          "process_resident_memory_bytes ", "bursar_log_lines_dropped_total "})
        BOOST_TEST(metrics.body.find(name) != std::string::npos, name);
}

BOOST_AUTO_TEST_CASE(each_request_leaves_one_line_with_its_id) {
    http_client client{the_deployment().port()};
    auto with_id = the_deployment().headers();
    with_id.emplace_back("X-Request-Id", "line-4711");
    BOOST_TEST(client.request("GET", "/api/v1/customers", with_id).header("X-Request-Id").value_or("") == "line-4711");
    const auto line = the_deployment().server().wait_for_line("line-4711");
    for (const char* part : {R"("event":"request")", R"("route":"/api/v1/customers")", R"("status":200)"})
        BOOST_TEST(line.find(part) != std::string::npos, part);
    BOOST_TEST(line.find(the_deployment().org()) != std::string::npos);
    BOOST_TEST(line.find(the_deployment().key()) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_bad_start_names_every_mistake_and_exits_with_78) {
    process refused{launch{BURSAR_BINARY, {"serve", "--listen", "nowhere", "--header-timeout", "-3"}, {}, {}}};
    BOOST_TEST(refused.wait_exit().value_or(-1) == 78);
    BOOST_TEST(refused.log().find("listen") != std::string::npos);
    BOOST_TEST(refused.log().find("header") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
