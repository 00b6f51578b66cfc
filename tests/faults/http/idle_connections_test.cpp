// Ten thousand connections that do nothing: they are held, they cost little, and the next client is served.
#include "tests/support/http_client.hpp"
#include "tests/support/test_service.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <iostream>

namespace bursar::tests::idle_connections_test {

namespace {

constexpr std::size_t wanted = 10'000;

// As many descriptors as this process may have.
std::uint64_t raise_descriptors() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_max;
}

#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr bool measured = true;
#else
constexpr bool measured = false;
#endif

} // namespace

BOOST_AUTO_TEST_SUITE(http_idle_connections)

BOOST_AUTO_TEST_CASE(ten_thousand_are_held_at_ten_kibibytes_each) {
    const auto descriptors = raise_descriptors();
    if (descriptors < wanted + 100) {
        std::cout << "skipped: the hard limit of " << descriptors << " descriptors forbids " << wanted
                  << " connections\n";
        return;
    }
    test_service service{{"idle_ms=600000"}, descriptors};
    BOOST_TEST(http_get(service.port(), "/livez").status == 200U);
    const auto before = service.program().resident_bytes();
    std::vector<http_client> held;
    held.reserve(wanted);
    for (std::size_t i = 0; i < wanted; ++i) {
        held.emplace_back(service.port());
        BOOST_REQUIRE(held.back().request("GET", "/livez").status == 200U);
    }
    const auto each = (service.program().resident_bytes() - before) / wanted;
    std::cout << "idle keep-alive connection: " << each << " bytes resident each at " << wanted << "\n";
    if (measured)
        BOOST_TEST(each <= 10U * 1024U);
    BOOST_TEST(http_get(service.port(), "/livez").status == 200U);
    for (auto& client : held)
        BOOST_REQUIRE(client.request("GET", "/livez").status == 200U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::idle_connections_test
