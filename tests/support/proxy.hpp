// nginx and haproxy (Debian packages) in front of a service, each on a free port, unprivileged, with files of their
// own under a temporary folder, keeping connections to the service alive: what makes smuggling possible. Killed and
// removed when the object goes.
#pragma once

#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace bursar::tests {

enum class proxy_kind {
    nginx_buffering, // a body is read whole and sent with Content-Length
    nginx_streaming, // a chunked body is passed on in chunks
    haproxy,
    haproxy_lenient // option accept-invalid-http-request
};

const char* to_string(proxy_kind kind);

class proxy {
public:
    // Throws std::runtime_error when the program is not installed or does not start.
    proxy(proxy_kind kind, std::uint16_t behind);
    proxy(const proxy&) = delete;
    proxy& operator=(const proxy&) = delete;
    ~proxy() = default;

    std::uint16_t port() const noexcept { return port_; }

    // Ends the proxy and returns the target of every request that it passed on, as it saw them.
    std::vector<std::string> stop_and_list_forwarded();

private:
    launch configure_nginx(bool buffering, std::uint16_t behind);
    launch configure_haproxy(bool lenient, std::uint16_t behind);

    const temporary_folder made_; // outlives the program
    const std::filesystem::path folder_{made_.path()};
    std::uint16_t port_;
    std::unique_ptr<process> program_;
};

} // namespace bursar::tests
