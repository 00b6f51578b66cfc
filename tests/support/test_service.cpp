#include "tests/support/test_service.hpp"

#include "tests/support/http_client.hpp"

#include <cstdio>
#include <stdexcept>

namespace bursar::tests {

test_service::test_service(std::vector<std::string> options, std::optional<std::uint64_t> max_descriptors)
    : program_(launch{BURSAR_HTTP_SERVICE, std::move(options), {}, max_descriptors})
    , port_(port_in(program_.wait_for_line("listening"))) {}

test_service::counts test_service::seen() const {
    const auto answer = http_get(port_, "/counts");
    unsigned long long handled = 0;
    unsigned long long refused = 0;
    unsigned long long pieces = 0;
    // NOLINTNEXTLINE(cert-err34-c): counts of our own making
    if (std::sscanf(answer.body.c_str(), "handled=%llu&refused=%llu&pieces=%llu&", &handled, &refused, &pieces) != 3)
        throw std::runtime_error("not counts: " + answer.body);
    return {handled, refused, pieces};
}

} // namespace bursar::tests
