// A private Redis for tests: a free port of 127.0.0.1, nothing on disk, gone with the object. Failures throw
// std::runtime_error with what it printed.
#pragma once

#include "tests/support/process.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bursar::tests {

class redis_server {
public:
    // Starts it and waits until it answers. `settings` are words for its command line: "--requirepass", "secret".
    explicit redis_server(std::vector<std::string> settings = {});

    std::uint16_t port() const noexcept { return port_; }
    // With the credentials, "user:password@", if it asks for some.
    std::string url(const std::string& credentials = {}) const;

    void start();
    void kill() { program_.reset(); } // by -9
    void stop_answering() const;      // the connections stay
    void answer_again() const;

    // The answer to one command, as Redis sends it; without the end of its line.
    std::string command(const std::string& line) const;

private:
    std::vector<std::string> settings_;
    std::uint16_t port_;
    std::unique_ptr<process> program_;
};

} // namespace bursar::tests
