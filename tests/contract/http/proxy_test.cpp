// The same raw bytes through nginx and haproxy, which keep their connections to the service and share them between
// clients. Whatever a client sends, the service must handle the requests that the proxy believes it passed on, and no
// other: one request more is one smuggled past every rule of the proxy.
#include "tests/support/http_client.hpp"
#include "tests/support/http_vectors.hpp"
#include "tests/support/proxy.hpp"
#include "tests/support/test_service.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <sstream>

namespace bursar::tests::proxy_test {

namespace {

// Each vector's requests carry its number in their targets, so that every request can be traced to its bytes.
std::string marked(std::string bytes, std::size_t number) {
    const auto mark = "?v=" + std::to_string(number);
    for (const std::string_view path : {"/ignore", "/echo", "/smuggled"})
        for (auto at = bytes.find(path); at != std::string::npos;
             at = bytes.find(path, at + path.size() + mark.size())) {
            const auto after = bytes[at + path.size()];
            if (after == ' ')
                bytes.insert(at + path.size(), mark);
        }
    return bytes;
}

// Sends the bytes and reads answers until the proxy ends the connection or has fallen silent.
void send_and_read(std::uint16_t port, const std::string& bytes) {
    http_client client{port};
    client.try_send(bytes);
    client.read_until_silent(std::chrono::milliseconds{1'000}, std::chrono::milliseconds{100});
}

std::vector<std::string> handled_by(test_service& service) {
    service.program().signal(SIGTERM);
    service.program().wait_for_line("stopped");
    std::vector<std::string> targets;
    std::istringstream lines{service.program().log()};
    const std::string tag = R"({"event":"handled","target":")";
    for (std::string line; std::getline(lines, line);)
        if (line.compare(0, tag.size(), tag) == 0)
            targets.push_back(line.substr(tag.size(), line.size() - tag.size() - 2));
    return targets;
}

void compare(proxy_kind kind, const std::vector<http_vector>& vectors) {
    BOOST_TEST_CONTEXT(to_string(kind)) {
        test_service service{{"trace=1", "sweep_ms=50"}};
        proxy front{kind, service.port()};
        for (std::size_t i = 0; i < vectors.size(); ++i)
            send_and_read(front.port(), marked(vectors[i].bytes, i));
        BOOST_TEST(http_get(front.port(), "/ignore?after").status == 200U);
        const auto refused = service.seen().refused;
        auto forwarded = front.stop_and_list_forwarded();
        auto handled = handled_by(service);
        std::sort(forwarded.begin(), forwarded.end());
        std::sort(handled.begin(), handled.end());
        std::vector<std::string> smuggled;
        std::set_difference(
            handled.begin(), handled.end(), forwarded.begin(), forwarded.end(), std::back_inserter(smuggled));
        for (const auto& target : smuggled)
            BOOST_ERROR("handled, though the proxy passed on no such request: " << target);
        BOOST_TEST(handled.size() + refused == forwarded.size());
        BOOST_TEST(!handled.empty());
    }
}

constexpr proxy_kind every_kind[] = {
    proxy_kind::nginx_buffering, proxy_kind::nginx_streaming, proxy_kind::haproxy, proxy_kind::haproxy_lenient};

} // namespace

BOOST_AUTO_TEST_SUITE(http_behind_proxies)

BOOST_AUTO_TEST_CASE(malformed_heads_smuggle_nothing) {
    for (const auto kind : every_kind)
        compare(kind, refused_heads());
}

BOOST_AUTO_TEST_CASE(malformed_bodies_smuggle_nothing) {
    for (const auto kind : every_kind)
        compare(kind, refused_bodies());
}

BOOST_AUTO_TEST_CASE(odd_but_valid_requests_are_counted_alike) {
    for (const auto kind : every_kind)
        compare(kind, accepted_requests());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::proxy_test
