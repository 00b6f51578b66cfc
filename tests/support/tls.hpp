// For tests of the TLS listener: a self-signed certificate written to two files, and a blocking client.
#pragma once

#include "tests/support/http_client.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

struct ssl_ctx_st;
struct ssl_st;

namespace bursar::tests {

// Writes a fresh P-256 key and a certificate for that common name.
void write_certificate(
    const std::filesystem::path& certificate_file, const std::filesystem::path& key_file, const std::string& name);

struct tls_offer {
    int least_version = 0; // TLS1_2_VERSION …; 0: the library's
    int most_version = 0;
    std::string ciphers;  // of TLS 1.2
    std::string protocol; // ALPN
};

// Throws std::runtime_error when the handshake fails.
class tls_client {
public:
    explicit tls_client(std::uint16_t port, const tls_offer& offer = {});
    ~tls_client();
    tls_client(const tls_client&) = delete;
    tls_client& operator=(const tls_client&) = delete;

    std::string version() const;
    std::string cipher() const;
    std::string protocol() const;
    std::string certificate_name() const;
    bool renegotiate();

    // Sends, and returns what comes until the text is there or the connection ends.
    std::string exchange(std::string_view bytes, std::string_view until);

private:
    http_client transport_;
    std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
    std::unique_ptr<ssl_st, void (*)(ssl_st*)> session_;
};

} // namespace bursar::tests
