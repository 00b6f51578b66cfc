// The certificate and the rules of a TLS listener: TLS 1.3, and 1.2 with forward secrecy and AEAD only; ALPN http/1.1.
// Connections keep the certificate that they began with.
#pragma once

#include "server/error.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <stdexcept>
#include <string>

namespace bursar::server::http {

// The file of that name cannot be used.
class wrong_certificate : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};
class wrong_private_key : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class tls_context {
public:
    // PEM files: the certificate with its chain, and its key. Throws one of these when they cannot be used.
    tls_context(std::string certificate_file, std::string key_file);

    // Reads the files again, for the connections to come. A failure (logged by the caller) keeps what was there.
    result<> reload();

    boost::asio::ssl::context& current() noexcept { return *current_; }

private:
    std::string certificate_file_;
    std::string key_file_;
    std::unique_ptr<boost::asio::ssl::context> current_;
};

} // namespace bursar::server::http
