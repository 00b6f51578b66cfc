// A network that swallows what is sent, one way or both, for longer than every deadline; and a server that stands still
// for longer than its locks are left to it.
#include "tests/faults/process/writers.hpp"
#include "tests/support/postgres_proxy.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <future>

namespace bursar::tests::silence_test {

using namespace std::chrono_literals;

namespace {

struct asked {
    std::string method;
    std::string path;
    std::string body;
    std::string key;
};

http_answer ask(std::uint16_t port, const deployment& on, const asked& what) {
    http_client client{port};
    return client.request(what.method, what.path, on.headers(what.key), what.body);
}

// On every lane: single reads and writes, a transaction, a long read.
std::vector<asked> one_of_each(const std::string& customer) {
    return {
        {"GET", "/api/v1/customers/" + customer, {}, {}},
        {"GET", "/api/v1/transfers", {}, {}},
        {"GET", "/api/v1/trial-balance", {}, {}},
        {"POST", "/api/v1/customers", R"({"name":"Silent"})", fresh_key()},
        {"POST", "/api/v1/tickets", R"({"subject":"s","description":"d","customer_id":")" + customer + R"("})",
         fresh_key()}};
}

bool put_off(const http_answer& answer) {
    return answer.status == 503 || (answer.status == 409 && answer.body.find("IN_FLIGHT") != std::string::npos);
}

} // namespace

BOOST_AUTO_TEST_SUITE(silence)

BOOST_AUTO_TEST_CASE(every_lane_answers_at_its_deadline_and_goes_on_afterwards) {
    deployment on;
    postgres_proxy way{on.postgres()};
    bursar_server server{on.environment(
        {{"DATABASE_URL", way.url("bursar_service")},
         {"BURSAR_REQUEST_TIMEOUT", "1"},
         {"BURSAR_REPORT_TIMEOUT", "2"}})};
    const auto customer = on.create_customer();
    for (const auto what :
         {postgres_proxy::silence::of_requests, postgres_proxy::silence::of_answers,
          postgres_proxy::silence::of_both}) {
        const auto watched = on.create_org("Listened to");
        const auto list_with = [&](const std::string& key) {
            http_client client{server.port()};
            return client.request("GET", "/api/v1/customers", {{"Authorization", "Bearer " + key}}).status;
        };
        BOOST_TEST(list_with(watched.second) == 200U);
        way.fall_silent(what);
        const auto all = one_of_each(customer);
        std::vector<std::future<http_answer>> answers;
        const auto began = std::chrono::steady_clock::now();
        for (const auto& each : all)
            answers.push_back(std::async(std::launch::async, [&, each] { return ask(server.port(), on, each); }));
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto answer = answers[i].get();
            BOOST_TEST(put_off(answer), all[i].method << " " << all[i].path << ": " << answer.head << answer.body);
        }
        BOOST_TEST((std::chrono::steady_clock::now() - began < 8s));
        BOOST_TEST(http_get(server.port(), "/livez").status == 200U);
        server.wait_until_ready(503);
        way.fall_silent(postgres_proxy::silence::none);
        for (const auto& each : all)
            wait_for([&] {
                const auto answer = ask(server.port(), on, each);
                if (!put_off(answer))
                    BOOST_TEST(answer.status == (each.method == "GET" ? 200U : 201U), answer.head << answer.body);
                return !put_off(answer);
            });
        // What is heard of changes is heard again.
        server.wait_until_ready(200);
        BOOST_TEST(list_with(watched.second) == 200U);
        on.postgres().query("update api_keys set revoked_at = now() where org_id = '" + watched.first + "'");
        wait_for([&] { return list_with(watched.second) == 401U; });
    }
    BOOST_TEST(on.postgres().query("select count(*) from customers where name = 'Silent'") == "3");
    BOOST_TEST(on.postgres().query("select count(*) from tickets") == "3");
}

BOOST_AUTO_TEST_CASE(a_server_that_stood_still_longer_than_its_transactions_may_does_nothing_twice) {
    deployment on{{}, true};
    writers clients{on, 2};
    const std::string in_transaction =
        "from pg_stat_activity where application_name = 'bursar' and state like 'idle in transaction%'";
    for (int round = 0; round < 2; ++round) {
        clients.wait_for_more(10);
        // In the middle of something.
        wait_for([&] {
            on.server().signal(SIGSTOP);
            if (on.postgres().query("select count(*) > 0 " + in_transaction) == "t")
                return true;
            on.server().signal(SIGCONT);
            return false;
        });
        // What idle_in_transaction_session_timeout does when its time has come.
        on.postgres().query("select count(pg_terminate_backend(pid)) " + in_transaction);
        on.postgres().wait_until("select count(*) " + in_transaction, "0");
        on.server().signal(SIGCONT);
    }
    clients.wait_for_more(20);
    check_books(on, clients);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::silence_test
