#include "tests/support/tls.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <stdexcept>

namespace bursar::tests {

namespace {

[[noreturn]] void fail(const std::string& what) {
    char text[256];
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    throw std::runtime_error(what + ": " + text);
}

using file = std::unique_ptr<FILE, int (*)(FILE*)>;

file open_to_write(const std::filesystem::path& path) {
    file opened{std::fopen(path.c_str(), "w"), std::fclose};
    if (!opened)
        throw std::runtime_error("cannot write " + path.string());
    return opened;
}

} // namespace

void write_certificate(
    const std::filesystem::path& certificate_file, const std::filesystem::path& key_file, const std::string& name) {
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
    const std::unique_ptr<X509, void (*)(X509*)> certificate{X509_new(), X509_free};
    if (!key || !certificate)
        fail("no certificate");
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    auto* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(
        subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0)
        fail("X509_sign");
    PEM_write_X509(open_to_write(certificate_file).get(), certificate.get());
    PEM_write_PrivateKey(open_to_write(key_file).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

tls_client::tls_client(std::uint16_t port, const tls_offer& offer)
    : transport_(port)
    , context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free)
    , session_(nullptr, SSL_free) {
    SSL_CTX_set_min_proto_version(context_.get(), offer.least_version);
    SSL_CTX_set_max_proto_version(context_.get(), offer.most_version);
    // The client offers everything that it can, so that a refusal is the server's.
    if (SSL_CTX_set_cipher_list(context_.get(), offer.ciphers.empty() ? "DEFAULT" : offer.ciphers.c_str()) != 1)
        fail("ciphers");
    SSL_CTX_set_security_level(context_.get(), 0);
    session_.reset(SSL_new(context_.get()));
    if (!offer.protocol.empty()) {
        std::string wire{static_cast<char>(offer.protocol.size())};
        wire += offer.protocol;
        SSL_set_alpn_protos(
            session_.get(), reinterpret_cast<const unsigned char*>(wire.data()), static_cast<unsigned>(wire.size()));
    }
    const timeval patience{20, 0};
    ::setsockopt(transport_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    SSL_set_fd(session_.get(), transport_.descriptor());
    if (SSL_connect(session_.get()) != 1)
        fail("handshake");
}

tls_client::~tls_client() = default;

std::string tls_client::version() const {
    return SSL_get_version(session_.get());
}

std::string tls_client::cipher() const {
    return SSL_get_cipher_name(session_.get());
}

std::string tls_client::protocol() const {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(session_.get(), &chosen, &size);
    return {reinterpret_cast<const char*>(chosen), size};
}

std::string tls_client::certificate_name() const {
    const std::unique_ptr<X509, void (*)(X509*)> certificate{SSL_get1_peer_certificate(session_.get()), X509_free};
    char name[256] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
    return name;
}

bool tls_client::renegotiate() {
    return SSL_renegotiate(session_.get()) == 1 && SSL_do_handshake(session_.get()) == 1 &&
           exchange("GET /ignore HTTP/1.1\r\nHost: a\r\n\r\n", "ignored").find("ignored") != std::string::npos;
}

std::string tls_client::exchange(std::string_view bytes, std::string_view until) {
    // A server may answer and close before it has read everything.
    for (std::size_t sent = 0; sent < bytes.size();) {
        const int n = SSL_write(session_.get(), bytes.data() + sent, static_cast<int>(bytes.size() - sent));
        if (n <= 0)
            break;
        sent += static_cast<std::size_t>(n);
    }
    std::string received;
    char piece[16384];
    while (until.empty() || received.find(until) == std::string::npos) {
        const int n = SSL_read(session_.get(), piece, sizeof piece);
        if (n <= 0)
            break;
        received.append(piece, static_cast<std::size_t>(n));
    }
    return received;
}

} // namespace bursar::tests
