// The TLS listener: which versions and suites it speaks, that HTTP over it is the same HTTP, and the change of
// certificates while it serves.
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_service.hpp"
#include "tests/support/tls.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/ssl.h>

#include <csignal>
#include <fstream>

namespace bursar::tests::tls_test {

namespace {

struct tls_service {
    tls_service() { write_certificate(certificate, key, "first"); }

    test_service& start(std::vector<std::string> options = {}) {
        options.push_back("certificate=" + certificate.string());
        options.push_back("key=" + key.string());
        service = std::make_unique<test_service>(options);
        return *service;
    }

    const temporary_folder made;
    std::filesystem::path folder{made.path()};
    std::filesystem::path certificate = folder / "certificate.pem";
    std::filesystem::path key = folder / "key.pem";
    std::unique_ptr<test_service> service;
};

const std::string get = "GET /ignore HTTP/1.1\r\nHost: a\r\n\r\n";

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_tls, tls_service)

BOOST_AUTO_TEST_CASE(it_speaks_1_3_and_1_2_and_nothing_older) {
    const auto port = start().port();
    BOOST_TEST(tls_client(port).version() == "TLSv1.3");
    BOOST_TEST(tls_client(port, {TLS1_2_VERSION, TLS1_2_VERSION, {}, {}}).version() == "TLSv1.2");
    BOOST_CHECK_THROW(
        (tls_client{port, {TLS1_1_VERSION, TLS1_1_VERSION, "DEFAULT@SECLEVEL=0", {}}}), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(its_1_2_suites_are_forward_secret_and_aead) {
    const auto port = start().port();
    const auto suite = [port](const char* ciphers) {
        return tls_client(port, {TLS1_2_VERSION, TLS1_2_VERSION, ciphers, {}}).cipher();
    };
    BOOST_TEST(suite("ECDHE-ECDSA-AES128-GCM-SHA256") == "ECDHE-ECDSA-AES128-GCM-SHA256");
    BOOST_TEST(suite("ECDHE-ECDSA-CHACHA20-POLY1305") == "ECDHE-ECDSA-CHACHA20-POLY1305");
    for (const char* refused : {"ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-CCM"})
        BOOST_CHECK_THROW(suite(refused), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(it_does_not_renegotiate) {
    tls_client client{start().port(), {TLS1_2_VERSION, TLS1_2_VERSION, {}, {}}};
    BOOST_TEST(!client.renegotiate());
}

BOOST_AUTO_TEST_CASE(it_chooses_http_1_1_and_refuses_other_protocols) {
    const auto port = start().port();
    BOOST_TEST(tls_client(port, {0, 0, {}, "http/1.1"}).protocol() == "http/1.1");
    BOOST_TEST(tls_client(port).protocol() == "");
    BOOST_CHECK_THROW((tls_client{port, {0, 0, {}, "h2"}}), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(requests_are_served_as_without_tls) {
    const auto port = start().port();
    tls_client client{port};
    BOOST_TEST(
        client.exchange(get + get + "GET /large?size=100000 HTTP/1.1\r\nHost: a\r\n\r\n", "xxxxxx").size() > 100U);
    tls_client body{port};
    const std::string text(200'000, 'b');
    BOOST_TEST(
        body.exchange(
                "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 200000\r\n\r\n" + text, {})
            .find("\r\n\r\n" + text) != std::string::npos);
    tls_client stream{port};
    BOOST_TEST(
        stream.exchange("GET /stream?pieces=5&size=40000 HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n0\r\n\r\n").size() >
        200'000U);
    tls_client refused{port};
    BOOST_TEST(refused.exchange("GET /ignore HTTP/1.1\r\nHost : a\r\n\r\n", {}).find("HTTP/1.1 400 ") == 0U);
}

BOOST_AUTO_TEST_CASE(a_413_reaches_a_client_that_first_sends_its_whole_body) {
    tls_client client{start().port()};
    const auto answer = client.exchange(
        "POST /echo?limit=10 HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + std::string(3'000'000, 'x'), {});
    BOOST_TEST(answer.find("HTTP/1.1 413 ") == 0U);
}

BOOST_AUTO_TEST_CASE(a_handshake_that_does_not_come_is_cut_off) {
    http_client silent{start({"handshake_ms=200", "sweep_ms=50"}).port()};
    BOOST_TEST(silent.closed());
    http_client plain{service->port()};
    plain.send(get);
    plain.read_until_silent(http_client::patience, std::chrono::milliseconds{10});
    BOOST_TEST(tls_client(service->port()).exchange(get, "ignored").find("HTTP/1.1 200 ") == 0U);
}

BOOST_AUTO_TEST_CASE(who_speaks_plainly_is_told_so_plainly) {
    const auto port = start().port();
    http_client plain{port};
    plain.send(get);
    const auto answer = plain.receive();
    BOOST_TEST(answer.status == 400U);
    BOOST_TEST(answer.body.find("this port speaks TLS") != std::string::npos);
    BOOST_TEST(answer.header("X-Content-Type-Options").value_or("") == "nosniff");
    BOOST_TEST(!answer.header("Strict-Transport-Security"));
    BOOST_TEST(plain.closed());
    http_client head{port};
    head.send("HEAD /ignore HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(head.receive(true).status == 400U);
    BOOST_TEST(head.closed());
    // What is refused under TLS carries HSTS.
    const auto refused = tls_client(port).exchange("GET /ignore HTTP/1.1\r\nHost : a\r\n\r\n", {});
    BOOST_TEST(refused.find("\r\nStrict-Transport-Security: max-age=") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(certificates_change_on_demand_and_a_bad_file_keeps_the_old) {
    const auto port = start().port();
    tls_client before{port};
    write_certificate(certificate, key, "second");
    service->program().signal(SIGHUP);
    BOOST_TEST(service->program().wait_for_line("reloaded").find("true") != std::string::npos);
    BOOST_TEST(tls_client(port).certificate_name() == "second");
    BOOST_TEST(before.exchange(get, "ignored").find("HTTP/1.1 200 ") == 0U);
    std::ofstream{certificate} << "no certificate\n";
    service->program().signal(SIGHUP);
    BOOST_TEST(service->program().wait_for_line("reloaded").find("false") != std::string::npos);
    BOOST_TEST(tls_client(port).certificate_name() == "second");
    // A key that belongs to another certificate is as bad.
    write_certificate(certificate, folder / "another-key.pem", "third");
    service->program().signal(SIGHUP);
    BOOST_TEST(service->program().wait_for_line("reloaded").find("false") != std::string::npos);
    BOOST_TEST(tls_client(port).certificate_name() == "second");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::tls_test
