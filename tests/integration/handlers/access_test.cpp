// Who is let in, what the probes say, and what the binary itself answers to a bad start.
#include "tests/integration/handlers/desk.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::access_test {

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
    const auto wrong = client.request("GET", std::string{path}, {{"Authorization", "Bearer " + mistyped}});
    BOOST_TEST(wrong.header("WWW-Authenticate").value_or("") == R"(Bearer error="invalid_token")");
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

// RFC 9110 section 5.3.
BOOST_AUTO_TEST_CASE(a_list_is_read_over_all_its_lines) {
    http_client client{the_deployment().port()};
    auto headers = the_deployment().headers();
    headers.emplace_back("Accept", "text/html");
    BOOST_TEST(client.request("GET", std::string{path}, headers).status == 406U);
    headers.emplace_back("Accept", "application/json");
    BOOST_TEST(client.request("GET", std::string{path}, headers).status == 200U);
}

BOOST_AUTO_TEST_CASE(a_304_is_of_the_form_that_would_be_sent) {
    caller desk{the_deployment().key()};
    const auto made = desk.post(
        path, R"({"customer_id":")" + desk.customer() + R"(","subject":"Payout missing","description":")" +
                  std::string(3'000, 'a') + R"("})");
    const auto target = std::string{path} + "/" + made.id();
    http_client client{the_deployment().port()};
    auto headers = the_deployment().headers();
    headers.emplace_back("Accept-Encoding", "gzip");
    const auto whole = client.request("GET", target, headers);
    BOOST_TEST(whole.header("Content-Encoding").value_or("") == "gzip");
    const auto tag = whole.header("ETag").value_or("");
    BOOST_TEST(tag.ends_with("-gzip\""));
    headers.emplace_back("If-None-Match", tag);
    const auto unchanged = client.request("GET", target, headers);
    BOOST_TEST(unchanged.status == 304U);
    BOOST_TEST(unchanged.header("ETag").value_or("") == tag);
    BOOST_TEST(unchanged.head.find("\r\nVary: Accept-Encoding\r\n") != std::string::npos);
    headers.back() = {"If-Match", "\"0\""};
    BOOST_TEST(client.request("GET", target, headers).status == 412U);
    headers.back() = {"If-Match", tag};
    BOOST_TEST(client.request("GET", target, headers).status == 200U);
}

BOOST_AUTO_TEST_CASE(other_methods_are_405_and_the_whole_server_has_options) {
    http_client client{the_deployment().port()};
    BOOST_TEST(client.request("BREW", std::string{path}).status == 405U);
    BOOST_TEST(client.request("TRACE", std::string{path}).status == 405U);
    const auto wrong = client.request("DELETE", std::string{path});
    BOOST_TEST(wrong.status == 405U);
    const auto all = client.request("OPTIONS", "*");
    BOOST_TEST(all.status == 204U);
    BOOST_TEST(all.header("Allow").value_or("").find("PATCH") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_bad_start_names_every_mistake_and_exits_with_78) {
    process refused{launch{BURSAR_BINARY, {"serve", "--listen", "nowhere", "--header-timeout", "-3"}, {}, {}}};
    BOOST_TEST(refused.wait_exit().value_or(-1) == 78);
    BOOST_TEST(refused.log().find("listen") != std::string::npos);
    BOOST_TEST(refused.log().find("header") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_refused_unless_it_is_shared_on_purpose) {
    const auto start = [](std::string listen, std::string share) {
        return process{launch{
            BURSAR_BINARY,
            {"serve", "--listen", std::move(listen), "--share-port", std::move(share)},
            the_deployment().environment(),
            {}}};
    };
    const auto taken = "127.0.0.1:" + std::to_string(the_deployment().port());
    for (const auto* share : {"off", "on"}) { // the one that is there does not share
        auto late = start(taken, share);
        BOOST_TEST(late.wait_exit().value_or(-1) == 69);
        BOOST_TEST(late.log().find("bursar: cannot listen on " + taken + ": ") != std::string::npos, late.log());
    }
    auto first = start("127.0.0.1:0", "on");
    const auto shared = "127.0.0.1:" + std::to_string(port_in(first.wait_for_line("\"event\":\"listening\"")));
    auto second = start(shared, "on");
    BOOST_TEST("127.0.0.1:" + std::to_string(port_in(second.wait_for_line("\"event\":\"listening\""))) == shared);
    BOOST_TEST(start(shared, "off").wait_exit().value_or(-1) == 69);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::access_test
