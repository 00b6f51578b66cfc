// bursar_http_service (tests/support/http_service.cpp) started for a test: the real listener, session and gate.
#pragma once

#include "tests/support/process.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bursar::tests {

class test_service {
public:
    // Options as name=value.
    explicit test_service(std::vector<std::string> options = {}, std::optional<std::uint64_t> max_descriptors = {});

    std::uint16_t port() const noexcept { return port_; }
    process& program() noexcept { return program_; }

    struct counts {
        std::uint64_t handled = 0; // asking for the counts is not counted
        std::uint64_t refused = 0;
        std::uint64_t pieces = 0; // of streams
    };
    counts seen() const;

private:
    process program_;
    std::uint16_t port_;
};

} // namespace bursar::tests
