// Ending without losing a request.
#include "tests/support/http_client.hpp"
#include "tests/support/test_service.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <system_error>

namespace bursar::tests::shutdown_test {

namespace {

// A client of the old school: one connection, requests one after the other, a new connection when told to close.
class steady_client {
public:
    explicit steady_client(std::uint16_t port)
        : port_(port)
        , thread_([this] { run(); }) {}
    ~steady_client() { stop(); }
    void stop() {
        stop_ = true;
        if (thread_.joinable())
            thread_.join();
    }
    std::uint64_t answered() const { return answered_; }
    std::uint64_t closes() const { return closes_; }
    const std::string& fault() const { return fault_; }

private:
    void run() {
        try {
            while (!stop_) {
                http_client client{port_};
                bool open = true;
                while (open && !stop_) {
                    const auto answer = client.request("GET", "/slow?ms=1");
                    if (answer.status != 200 || answer.body != "slept\n")
                        throw std::runtime_error("answer " + answer.head);
                    ++answered_;
                    open = answer.header("Connection").value_or("") != "close";
                }
                closes_ += open ? 0U : 1U;
            }
        } catch (const std::exception& e) {
            fault_ = e.what();
        }
    }

    std::uint16_t port_;
    std::atomic<bool> stop_ = false;
    std::atomic<std::uint64_t> answered_ = 0;
    std::atomic<std::uint64_t> closes_ = 0;
    std::string fault_;
    std::thread thread_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_shutdown)

BOOST_AUTO_TEST_CASE(a_rolling_restart_under_load_loses_no_request) {
    auto serving = std::make_unique<test_service>(std::vector<std::string>{"share_port=1"});
    const auto port = serving->port();
    std::vector<std::unique_ptr<steady_client>> clients;
    for (int i = 0; i < 12; ++i)
        clients.push_back(std::make_unique<steady_client>(port));
    for (int restart = 0; restart < 3; ++restart) {
        wait_for([&] { return clients.front()->answered() > 50U * static_cast<std::size_t>(restart + 1); });
        auto next =
            std::make_unique<test_service>(std::vector<std::string>{"share_port=1", "port=" + std::to_string(port)});
        serving->program().signal(SIGTERM);
        BOOST_TEST(serving->program().wait_for_line("stopped").find("\"cut\":false") != std::string::npos);
        BOOST_TEST(serving->program().wait_exit().value_or(-1) == 0);
        serving = std::move(next);
    }
    const auto answered = clients.front()->answered();
    wait_for([&] { return clients.front()->answered() > answered + 20 || !clients.front()->fault().empty(); });
    std::uint64_t closes = 0;
    for (auto& client : clients) {
        client->stop();
        BOOST_TEST(client->fault() == "");
        closes += client->closes();
    }
    BOOST_TEST(closes > 0U);
}

BOOST_AUTO_TEST_CASE(a_request_under_way_is_finished_and_the_connection_closed) {
    test_service service;
    http_client busy{service.port()};
    busy.send("GET /slow?ms=500 HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for([&] { return service.seen().handled == 1U; });
    service.program().signal(SIGTERM);
    const auto answer = busy.receive();
    BOOST_TEST(answer.body == "slept\n");
    BOOST_TEST(answer.header("Connection").value_or("") == "close");
    BOOST_TEST(service.program().wait_exit().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(idle_connections_may_begin_one_more_request_and_are_then_closed) {
    test_service service{{"drain_idle_ms=500", "sweep_ms=50"}};
    http_client idle{service.port()};
    http_client late{service.port()};
    BOOST_TEST(idle.request("GET", "/ignore").status == 200U);
    BOOST_TEST(late.request("GET", "/ignore").status == 200U);
    service.program().signal(SIGTERM);
    const auto answer = late.request("GET", "/ignore");
    BOOST_TEST(answer.status == 200U);
    BOOST_TEST(idle.closed());
    BOOST_TEST(service.program().wait_exit().value_or(-1) == 0);
}

BOOST_AUTO_TEST_CASE(what_does_not_end_is_cut_at_the_limit) {
    test_service service{{"grace_ms=300"}};
    http_client endless{service.port()};
    endless.send("GET /stream?pieces=1000000&size=100000 HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for([&] { return service.seen().pieces > 0; });
    service.program().signal(SIGTERM);
    BOOST_TEST(service.program().wait_for_line("stopped").find("\"cut\":true") != std::string::npos);
    BOOST_TEST(service.program().wait_exit().value_or(-1) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::shutdown_test
