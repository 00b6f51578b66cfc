// `bursar serve` on a port that it keeps across restarts. For tests that run several, or kill them. Ended with the
// object.
#pragma once

#include "tests/support/process.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bursar::tests {

class bursar_server {
public:
    using settings = std::vector<std::pair<std::string, std::string>>;

    // Starts it and waits until it is ready. Of a name that comes twice the last value counts.
    explicit bursar_server(settings environment);

    process& program() noexcept { return *program_; }
    // Chosen once: clients on other threads read it across restarts.
    std::uint16_t port() const noexcept { return port_; }

    void kill(); // by -9
    void start();
    void restart() {
        kill();
        start();
    }

    // Polls until /readyz says the status; throws when it does not within half a minute.
    void wait_until_ready(unsigned status = 200) const;

    // The metric's value, all labels given: `name{label="value"}`; 0 when it is not there.
    double metric(std::string_view name) const;

private:
    settings environment_;
    std::unique_ptr<process> program_;
    std::uint16_t port_ = 0;
};

} // namespace bursar::tests
