// What an access token has to be, and the keys that sign it.
#include "server/identity/access_tokens.hpp"
#include "tests/integration/handlers/identity/people.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <openssl/hmac.h>

namespace bursar::tests::tokens_test {

namespace server = bursar::server;
namespace json = boost::json;

namespace {

std::string base64url(std::string_view bytes) {
    static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        const auto have = std::min<std::size_t>(3, bytes.size() - i);
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8U | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k <= have; ++k)
            out += alphabet[group >> (18 - 6 * k) & 63U];
    }
    return out;
}

std::int64_t seconds_now() {
    return server::now().time_since_epoch() / std::chrono::seconds{1};
}

json::object claims_of(const signed_in& who) {
    return good_claims(who.user, who.org, who.session);
}

unsigned status_with(const std::string& token) {
    return caller{token, open_house().port()}.get("/api/v1/me").status;
}

// The header, which names the key.
std::string header_of(const std::string& token) {
    return token.substr(0, token.find('.'));
}

} // namespace

BOOST_AUTO_TEST_SUITE(tokens)

BOOST_AUTO_TEST_CASE(only_what_the_keys_signed_for_us_and_for_now_lets_in) {
    const auto ada = sign_up();
    const auto key = signing_keys().key();
    const auto good = claims_of(ada);
    BOOST_TEST(status_with(key.sign(good)) == 200U);

    const auto changed = [&](std::string_view name, json::value value) {
        auto claims = good;
        if (value.is_null())
            claims.erase(name);
        else
            claims[name] = std::move(value);
        return status_with(key.sign(claims));
    };
    BOOST_TEST(changed("aud", json::array{"other", "bursar"}) == 200U);
    BOOST_TEST(changed("exp", seconds_now() - 120) == 401U);
    BOOST_TEST(changed("exp", nullptr) == 401U);
    BOOST_TEST(changed("exp", "soon") == 401U);
    BOOST_TEST(changed("nbf", seconds_now() + 300) == 401U);
    BOOST_TEST(changed("aud", "other") == 401U);
    BOOST_TEST(changed("aud", nullptr) == 401U);
    BOOST_TEST(changed("iss", "other") == 401U);
    BOOST_TEST(changed("sid", nullptr) == 401U);
    BOOST_TEST(changed("sid", json::string{server::uuid::v7().to_string()}) == 401U);
    BOOST_TEST(changed("org", json::string{server::uuid::v7().to_string()}) == 401U);

    // Another key, with its own id or under ours.
    const auto other = server::json_web_key::generate();
    BOOST_TEST(status_with(other.sign(good)) == 401U);
    auto disguised = other.private_part();
    disguised["kid"] = key.id();
    BOOST_TEST(status_with(server::json_web_key::parse(disguised)->sign(good)) == 401U);
}

BOOST_AUTO_TEST_CASE(the_algorithm_is_the_keys_and_no_other) {
    const auto ada = sign_up();
    const auto key = signing_keys().key();
    const auto claims = base64url(json::serialize(claims_of(ada)));
    const auto with_header = [&](const json::object& header) {
        return base64url(json::serialize(header)) + '.' + claims;
    };

    for (const std::string none : {"none", "None", ""}) {
        const auto unsigned_one = with_header({{"alg", none}, {"kid", key.id()}, {"typ", "JWT"}});
        BOOST_TEST(status_with(unsigned_one + '.') == 401U, none);
        BOOST_TEST(status_with(unsigned_one + ".AAAA") == 401U, none);
    }
    // The public key taken for a shared secret.
    const auto secret = json::serialize(key.public_part());
    const auto text = with_header({{"alg", "HS256"}, {"kid", key.id()}});
    std::array<unsigned char, 32> mac{};
    unsigned length = mac.size();
    ::HMAC(
        EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
        reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &length);
    BOOST_TEST(status_with(text + '.' + base64url({reinterpret_cast<const char*>(mac.data()), mac.size()})) == 401U);

    const auto good = key.sign(claims_of(ada));
    BOOST_TEST(status_with(good) == 200U);
    auto altered = good;
    altered[good.find('.') + 5] = altered[good.find('.') + 5] == 'A' ? 'B' : 'A';
    BOOST_TEST(status_with(altered) == 401U);
    BOOST_TEST(status_with(good.substr(0, good.rfind('.'))) == 401U);
    BOOST_TEST(status_with(good + "." + good) == 401U);
    std::string too_long(9'000, 'a');
    too_long += ".b.c";
    BOOST_TEST(status_with(too_long) == 401U);
    for (const std::string garbage : {"..", "a.b.c", "e30.e30.e30", "bsk_live_"})
        BOOST_TEST(status_with(garbage) == 401U, garbage);
}

BOOST_AUTO_TEST_CASE(the_keys_turn_over_and_nobody_is_signed_out) {
    const auto before = sign_up();
    const auto public_keys = [] {
        return json::parse(http_get(open_house().port(), "/.well-known/jwks.json").body).at("keys").as_array();
    };
    BOOST_TEST(public_keys().size() == 1U);
    BOOST_TEST(!public_keys()[0].as_object().contains("d"));
    BOOST_TEST(!public_keys()[0].as_object().contains("signs_from"));

    signing_keys().rotate();
    wait_for([&] { return public_keys().size() == 2; });
    // Known, and not used yet: other processes may not have seen it.
    const auto announced = sign_up();
    BOOST_TEST(header_of(announced.access_token) == header_of(before.access_token));

    // Its time comes.
    auto keys = json::parse(signing_keys().text());
    keys.at("keys").at(1).as_object()["signs_from"] = seconds_now() - 1;
    signing_keys().write(json::serialize(keys));
    wait_for([&] { return header_of(sign_up().access_token) != header_of(before.access_token); });
    BOOST_TEST(before.speaks().get("/api/v1/me").status == 200U);
    const auto after = read_tokens(refresh(before.refresh_token), before.email);
    BOOST_TEST(header_of(after.access_token) != header_of(before.access_token));
    BOOST_TEST(after.speaks().get("/api/v1/me").status == 200U);

    // A file that cannot be used changes nothing.
    const auto whole = signing_keys().text();
    signing_keys().write("{");
    open_house().server().wait_for_line("signing_keys_kept");
    BOOST_TEST(after.speaks().get("/api/v1/me").status == 200U);
    signing_keys().write(whole);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::tokens_test
