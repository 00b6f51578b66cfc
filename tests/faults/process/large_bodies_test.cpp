// Many large bodies at once: what is at work is bounded, and nobody's body is read before he is known.
#include "tests/support/deployment.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace bursar::tests::large_bodies_test {

namespace {

constexpr std::uint64_t mebibyte = 1U << 20U;

// A batch of 16 MiB whose members are refused one by one: no account is theirs.
std::string large_batch() {
    const std::string leg = R"({"debit_account_id":"0193a1c4-5e6f-7a8b-9c0d-1e2f3a4b5c6d",)"
                            R"("credit_account_id":"0193a1c4-5e6f-7a8b-9c0d-1e2f3a4b5c6e","amount":1,)"
                            R"("metadata":{"text":")";
    std::string out = R"({"transfers":[)";
    while (out.size() < 16 * mebibyte - 10'000)
        out += (out.back() == '[' ? "" : ",") + leg + std::string(8000, 'm') + R"("}})";
    return out + "]}";
}

std::string head(const std::string& key, std::size_t size) {
    return "POST /api/v1/transfers/batch HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
           "Content-Length: " +
           std::to_string(size) + "\r\nIdempotency-Key: " + fresh_key() + "\r\nAuthorization: Bearer " + key +
           "\r\n\r\n";
}

} // namespace

BOOST_AUTO_TEST_SUITE(large_bodies)

BOOST_AUTO_TEST_CASE(sixty_with_one_key_stay_within_their_memory) {
    deployment all{{{"BURSAR_REQUEST_TIMEOUT", "3"}}};
    const auto body = large_batch();
    BOOST_REQUIRE(body.size() > 15 * mebibyte);
    const auto rest = all.server().resident_bytes();
    all.server().forget_peak();
    std::map<unsigned, int> answers;
    std::mutex guard;
    std::vector<std::thread> clients;
    for (int i = 0; i < 60; ++i)
        clients.emplace_back([&] {
            unsigned status = 0;
            try {
                http_client client{all.port()};
                client.send(head(all.key(), body.size()));
                static_cast<void>(client.try_send(body));
                const auto answer = client.receive();
                status = answer.status;
                if (status == 503 && !answer.header("Retry-After"))
                    status = 0;
            } catch (const std::exception&) {
                // Cut while it was sending: so is a client that goes on after its answer.
                status = 1;
            }
            const std::lock_guard lock{guard};
            ++answers[status];
        });
    for (auto& each : clients)
        each.join();
    BOOST_TEST_MESSAGE(
        answers[200] << " done, " << answers[503] << " told to come again, " << answers[1] << " cut; "
                     << (all.server().peak_resident_bytes() - rest) / mebibyte << " MiB");
    BOOST_TEST(answers[200] > 0);
    BOOST_TEST(answers[200] + answers[503] + answers[1] == 60);
    BOOST_TEST(all.server().peak_resident_bytes() / mebibyte <= rest / mebibyte + 128);
}

BOOST_AUTO_TEST_CASE(of_strangers_are_not_read) {
    deployment all;
    const std::string body(900'000, ' ');
    const auto rest = all.server().resident_bytes();
    all.server().forget_peak();
    std::vector<http_client> clients;
    for (int i = 0; i < 100; ++i) {
        auto& each = clients.emplace_back(all.port());
        each.send(head("bsk_live_nobody", body.size()));
        static_cast<void>(each.try_send(body, std::chrono::milliseconds{0}));
    }
    for (auto& each : clients)
        BOOST_TEST(each.receive().status == 401U);
    BOOST_TEST(all.server().peak_resident_bytes() / mebibyte <= rest / mebibyte + 16);
    // Where anyone may call, little is taken.
    http_client client{all.port()};
    BOOST_TEST(
        client.request("POST", "/api/v1/sessions", {{"Content-Type", "application/json"}}, std::string(20'000, ' '))
            .status == 413U);
}

BOOST_AUTO_TEST_CASE(of_one_organization_leave_room_for_another) {
    deployment all;
    const auto body = large_batch();
    const auto other = all.create_org("Other").second;
    // All that the first one may hold is promised, and never sent.
    std::vector<http_client> stalled;
    for (int i = 0; i < 4; ++i)
        stalled.emplace_back(all.port()).send(head(all.key(), body.size()));
    http_client client{all.port()};
    client.send(head(other, body.size()) + body);
    BOOST_TEST(client.receive().status == 200U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::large_bodies_test
