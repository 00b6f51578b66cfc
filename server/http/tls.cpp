#include "server/http/tls.hpp"

#include <openssl/ssl.h>

#include <stdexcept>
#include <string_view>

namespace bursar::server::http {

namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

// RFC 7301: a client that speaks only protocols that we do not gets an alert, one without ALPN is welcome.
int select_protocol(
    SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered, unsigned offered_size,
    void*) {
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, chosen_size, ours, sizeof ours - 1, offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

template <class Wrong>
void require(const error_code& ec, const std::string& file) {
    if (ec)
        throw Wrong{"TLS: " + file + ": " + ec.message()};
}

std::unique_ptr<ssl::context> load(const std::string& certificate_file, const std::string& key_file) {
    auto made = std::make_unique<ssl::context>(ssl::context::tls_server);
    SSL_CTX* native = made->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(
        native,
        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    if (SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
        SSL_CTX_set1_groups_list(native, "X25519:P-256:P-384") != 1)
        throw std::runtime_error("TLS: this OpenSSL lacks the cipher suites");
    SSL_CTX_set_alpn_select_cb(native, select_protocol, nullptr);
    error_code ec;
    made->use_certificate_chain_file(certificate_file, ec);
    require<wrong_certificate>(ec, certificate_file);
    made->use_private_key_file(key_file, ssl::context::pem, ec);
    require<wrong_private_key>(ec, key_file);
    if (SSL_CTX_check_private_key(native) != 1)
        throw wrong_private_key{"TLS: " + key_file + " is not the key of " + certificate_file};
    return made;
}

} // namespace

tls_context::tls_context(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file))
    , key_file_(std::move(key_file))
    , current_(load(certificate_file_, key_file_)) {}

result<> tls_context::reload() {
    try {
        current_ = load(certificate_file_, key_file_);
        return {};
    } catch (const std::exception& e) {
        return error{errc::internal, e.what()};
    }
}

} // namespace bursar::server::http
