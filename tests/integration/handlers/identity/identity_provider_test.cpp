// Access tokens of somebody else's making.
#include "server/identity/json_web_key.hpp"
#include "server/time.hpp"
#include "server/uuid.hpp"
#include "tests/integration/handlers/identity/key_server.hpp"
#include "tests/integration/handlers/identity/people.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace bursar::tests::identity_provider_test {

using bursar::server::json_web_key;
namespace json = boost::json;

namespace {

std::string key_set(const std::vector<const json_web_key*>& keys) {
    json::array all;
    // What is not for us is passed over.
    all.push_back(json::object{{"kty", "oct"}, {"kid", "secret"}, {"k", "c2VjcmV0"}});
    all.push_back(json::object{{"kty", "OKP"}, {"kid", "other"}, {"crv", "Ed25519"}, {"x", "AA"}});
    for (const auto* key : keys)
        all.push_back(key->public_part());
    return json::serialize(json::object{{"keys", std::move(all)}});
}

struct provider {
    explicit provider(unsigned status = 200)
        : keys(key_set({&first}), status)
        , on({{"BURSAR_IDP_ISSUER", "https://login.example.com/"},
              {"BURSAR_IDP_AUDIENCE", "payments"},
              {"BURSAR_IDP_JWKS_URL", keys.url()},
              {"BURSAR_IDP_ORG_CLAIM", "tenant"},
              {"BURSAR_IDP_ROLE_CLAIM", "groups"},
              {"BURSAR_IDP_ROLES", "cn=finance=admin,support=agent"}}) {}

    json::object claims() const {
        const auto now = bursar::server::now().time_since_epoch() / std::chrono::seconds{1};
        return {{"iss", "https://login.example.com/"},
                {"aud", "payments"},
                {"sub", "somebody"},
                {"tenant", on.org()},
                {"groups", json::array{"everybody", "support"}},
                {"exp", now + 600}};
    }
    unsigned status(const std::string& token, const std::string& path = "/api/v1/me") const {
        return caller{token, on.port()}.get(path).status;
    }

    json_web_key first = json_web_key::generate();
    json_web_key second = json_web_key::generate();
    key_server keys;
    deployment on;
};

} // namespace

BOOST_AUTO_TEST_SUITE(outside_identity_provider)

BOOST_AUTO_TEST_CASE(its_tokens_let_in_as_their_claims_say) {
    provider from;
    const auto token = from.first.sign(from.claims());
    caller agent{token, from.on.port()};
    const auto me = agent.get("/api/v1/me");
    BOOST_REQUIRE(me.status == 200U);
    BOOST_TEST(reply::text_of(me.data(), "organization_id") == from.on.org());
    BOOST_TEST(me.data().at("session_id").is_null());
    BOOST_TEST(agent.post("/api/v1/customers", R"({"name":"A"})").status == 201U);
    BOOST_TEST(agent.get("/api/v1/api-keys").code() == "PERMISSION_DENIED");
    BOOST_TEST(agent.get("/api/v1/sessions").code() == "PERMISSION_DENIED");

    const auto with = [&](std::string_view name, json::value value) {
        auto claims = from.claims();
        claims[name] = std::move(value);
        return from.first.sign(claims);
    };
    BOOST_TEST(from.status(with("groups", "cn=finance"), "/api/v1/api-keys") == 200U);
    BOOST_TEST(from.status(with("groups", json::array{"support", "cn=finance"}), "/api/v1/api-keys") == 200U);
    BOOST_TEST(from.status(with("groups", "owner")) == 401U);
    BOOST_TEST(from.status(with("groups", nullptr)) == 401U);
    BOOST_TEST(from.status(with("aud", "bursar")) == 401U);
    BOOST_TEST(from.status(with("iss", "https://login.example.org/")) == 401U);
    BOOST_TEST(from.status(with("exp", 1)) == 401U);
    BOOST_TEST(from.status(with("sub", "")) == 401U);
    BOOST_TEST(from.status(with("tenant", "nobody")) == 401U);
    BOOST_TEST(from.status(with("tenant", json::string{bursar::server::uuid::v7().to_string()})) == 401U);
    BOOST_TEST(from.status(from.second.sign(from.claims())) == 401U);
    for (const std::string type : {"JWT", "application/at+jwt", "AT+JWT"})
        BOOST_TEST(from.status(from.first.sign(from.claims(), type)) == 200U, type);
    for (const std::string type : {"logout+jwt", "dpop+jwt", ""})
        BOOST_TEST(from.status(from.first.sign(from.claims(), type)) == 401U, type);
    // Nobody else's tokens: what is ours says iss bursar.
    auto ours = from.claims();
    ours["iss"] = "bursar";
    ours["aud"] = "bursar";
    BOOST_TEST(from.status(from.first.sign(ours)) == 401U);
}

BOOST_AUTO_TEST_CASE(its_tokens_are_valid_for_a_day_at_most) {
    provider from;
    const auto now = from.claims().at("exp").as_int64() - 600;
    const auto status = [&](std::int64_t expires, json::value issued) {
        auto claims = from.claims();
        claims["exp"] = expires;
        if (!issued.is_null())
            claims["iat"] = std::move(issued);
        return from.status(from.first.sign(claims));
    };
    constexpr std::int64_t hour = 3600;
    BOOST_TEST(status(now + 24 * hour, nullptr) == 200U);
    BOOST_TEST(status(now + 25 * hour, nullptr) == 401U);
    BOOST_TEST(status(now + 23 * hour, now - hour) == 200U);
    BOOST_TEST(status(now + 23 * hour, now - 2 * hour) == 401U);
    BOOST_TEST(status(now + hour, now + hour) == 401U);
    BOOST_TEST(status(now + hour, "now") == 401U);
}

BOOST_AUTO_TEST_CASE(its_keys_turn_over_and_it_may_be_away) {
    provider from;
    const auto token = from.first.sign(from.claims());
    BOOST_TEST(from.status(token) == 200U);
    from.keys.serve("no keys today", 500);
    BOOST_TEST(from.status(from.second.sign(from.claims())) == 401U);
    auto claims = from.claims();
    claims["jti"] = "another";
    BOOST_TEST(from.status(from.first.sign(claims)) == 200U);

    // A flood of unknown keys does not become a flood of fetches.
    const auto asked = from.keys.asked();
    for (int i = 0; i < 50; ++i)
        BOOST_TEST(from.status(json_web_key::generate().sign(from.claims())) == 401U);
    BOOST_TEST(from.keys.asked() <= asked + 2);

    from.keys.serve(key_set({&from.second}));
    wait_for([&] { return from.status(from.second.sign(from.claims())) == 200; });
    claims["jti"] = "yet another";
    BOOST_TEST(from.status(from.first.sign(claims)) == 401U);
}

BOOST_AUTO_TEST_CASE(nobody_else_waits_for_one_that_does_not_answer) {
    const provider silent{0};
    const auto took = [&](const json_web_key& key) {
        const auto began = std::chrono::steady_clock::now();
        BOOST_TEST(silent.status(key.sign(silent.claims())) == 401U);
        return std::chrono::steady_clock::now() - began;
    };
    // Signed by somebody else in the name of a key of ours: the provider has nothing to say of it.
    auto forged = json_web_key::generate().private_part();
    const auto ours = caller{"", silent.on.port()}.get("/.well-known/jwks.json");
    forged["kid"] = json::parse(ours.text).at("keys").at(0).at("kid");
    const auto ours_by_name = json_web_key::parse(forged).value();
    BOOST_TEST((took(ours_by_name) < std::chrono::milliseconds{500}));
    wait_for([&] { return silent.keys.asked() == 1; });
    BOOST_TEST((took(json_web_key::generate()) < std::chrono::milliseconds{2500}));
    // It is known to be away by now.
    BOOST_TEST((took(json_web_key::generate()) < std::chrono::milliseconds{500}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::identity_provider_test
