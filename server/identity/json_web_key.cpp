#include "server/identity/json_web_key.hpp"

#include "server/http/headers.hpp"
#include "server/uuid.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cjose/cjose.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>
#include <tuple>

namespace bursar::server {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_token = 8192;
constexpr std::size_t least_rsa_bits = 2048;

using jws_ptr = std::unique_ptr<cjose_jws_t, decltype(&::cjose_jws_release)>;
using header_ptr = std::unique_ptr<cjose_header_t, decltype(&::cjose_header_release)>;
using text_ptr = std::unique_ptr<char, decltype(&std::free)>;

// What a key of this type signs with when it does not say; empty for a type that is not for us.
std::string_view usual_algorithm(const json::object& key) noexcept {
    if (text_at(key, "kty") == "RSA")
        return "RS256";
    const auto curve = text_at(key, "crv");
    if (text_at(key, "kty") != "EC")
        return {};
    return curve == "P-256" ? "ES256" : curve == "P-384" ? "ES384" : curve == "P-521" ? "ES512" : "";
}

// An algorithm of the family of the key's type; of an elliptic curve there is one alone.
bool suits(std::string_view algorithm, std::string_view usual) noexcept {
    if (usual != "RS256")
        return algorithm == usual;
    const auto family = algorithm.substr(0, 2);
    const auto size = algorithm.substr(std::min<std::size_t>(2, algorithm.size()));
    return (family == "RS" || family == "PS") && (size == "256" || size == "384" || size == "512");
}

// Explicit typing (RFC 8725 section 3.11): an access token says so (RFC 9068 section 2.1), or just that it is a JWT.
// Whatever else a provider signs with the same key is not meant to let anybody in.
bool is_of_access(std::string_view type) noexcept {
    constexpr std::array known{"at+jwt", "application/at+jwt", "jwt", "application/jwt"};
    return std::any_of(known.begin(), known.end(), [&](std::string_view each) { return http::iequals(type, each); });
}

[[noreturn]] void give_up(std::string_view doing, const cjose_err& why) {
    throw std::runtime_error(std::string{doing} + ": " + (why.message ? why.message : "unknown"));
}

} // namespace

void json_web_key::release::operator()(_cjose_jwk_int* key) const noexcept {
    ::cjose_jwk_release(key);
}

json_web_key::json_web_key(_cjose_jwk_int* key, std::string id, std::string algorithm, bool is_private)
    : key_(key)
    , id_(std::move(id))
    , algorithm_(std::move(algorithm))
    , private_(is_private) {}

result<json_web_key> json_web_key::parse(const json::object& from) {
    const auto bad = [](std::string why) { return error{errc::validation_failed, std::move(why)}; };
    const auto usual = usual_algorithm(from);
    const auto algorithm = from.contains("alg") ? text_at(from, "alg") : usual;
    const auto id = text_at(from, "kid");
    if (usual.empty() || !suits(algorithm, usual))
        return bad("a key of another type or algorithm");
    if (from.contains("use") && text_at(from, "use") != "sig")
        return bad("a key that is not for signatures");
    if (id.empty())
        return bad("a key without kid");
    const auto text = json::serialize(from);
    cjose_err why{};
    json_web_key out{
        ::cjose_jwk_import(text.data(), text.size(), &why), std::string{id}, std::string{algorithm},
        from.contains("d")};
    if (!out.key_)
        return bad(std::string{"a malformed key: "} + (why.message ? why.message : ""));
    if (usual == "RS256" && ::cjose_jwk_get_keysize(out.key_.get(), &why) < least_rsa_bits)
        return bad("an RSA key of less than 2048 bits");
    return out;
}

json_web_key json_web_key::generate() {
    cjose_err why{};
    json_web_key out{::cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &why), uuid::v7().to_string(), "ES256", true};
    if (!out.key_ || !::cjose_jwk_set_kid(out.key_.get(), out.id_.data(), out.id_.size(), &why))
        give_up("no signing key could be made", why);
    return out;
}

json::object json_web_key::describe(bool with_private) const {
    cjose_err why{};
    const text_ptr text{::cjose_jwk_to_json(key_.get(), with_private, &why), &std::free};
    if (!text)
        give_up("a key cannot be written", why);
    auto out = json::parse(text.get()).as_object();
    out["alg"] = algorithm_;
    out["use"] = "sig";
    return out;
}

json::object json_web_key::public_part() const {
    return describe(false);
}

json::object json_web_key::private_part() const {
    return describe(true);
}

std::string json_web_key::sign(const json::object& claims, const std::string& type) const {
    cjose_err why{};
    const header_ptr header{::cjose_header_new(&why), &::cjose_header_release};
    if (!header || !::cjose_header_set(header.get(), CJOSE_HDR_ALG, algorithm_.c_str(), &why) ||
        !::cjose_header_set(header.get(), CJOSE_HDR_KID, id_.c_str(), &why) ||
        !::cjose_header_set(header.get(), "typ", type.c_str(), &why))
        give_up("a token cannot be signed", why);
    const auto text = json::serialize(claims);
    const auto* plain = reinterpret_cast<const std::uint8_t*>(text.data());
    const jws_ptr made{::cjose_jws_sign(key_.get(), header.get(), plain, text.size(), &why), &::cjose_jws_release};
    const char* compact = nullptr;
    if (!made || !::cjose_jws_export(made.get(), &compact, &why))
        give_up("a token cannot be signed", why);
    return compact;
}

std::string_view text_at(const json::object& from, std::string_view name) noexcept {
    const auto* value = from.if_contains(name);
    const auto* text = value ? value->if_string() : nullptr;
    return text ? std::string_view{*text} : std::string_view{};
}

std::optional<std::vector<json::object>> parse_key_set(std::string_view text) {
    json::error_code failed;
    const auto parsed = json::parse(text, failed);
    const auto* keys = !failed && parsed.is_object() ? parsed.as_object().if_contains("keys") : nullptr;
    if (!keys || !keys->is_array())
        return std::nullopt;
    std::vector<json::object> out;
    for (const auto& each : keys->as_array())
        out.push_back(each.is_object() ? each.as_object() : json::object{});
    return out;
}

result<json::object>
verify_signature(std::string_view token, const std::function<const json_web_key*(std::string_view kid)>& find) {
    cjose_err why{};
    if (token.size() > longest_token)
        return unauthenticated("a token that is too long");
    const jws_ptr parsed{::cjose_jws_import(token.data(), token.size(), &why), &::cjose_jws_release};
    if (!parsed)
        return unauthenticated("no token");
    auto* const header = ::cjose_jws_get_protected(parsed.get()); // stays the token's
    const auto named = [&](const char* name) {
        const auto* text = ::cjose_header_get(header, name, &why);
        return text ? std::string_view{text} : std::string_view{};
    };
    const auto* const key = find(named(CJOSE_HDR_KID));
    if (!key)
        return error{errc::not_found, "a token of an unknown key"};
    if (named(CJOSE_HDR_ALG) != key->algorithm())
        return unauthenticated("a token with another algorithm than its key's");
    const text_ptr critical{::cjose_header_get_raw(header, "crit", &why), &std::free};
    if (critical)
        return unauthenticated("a token with critical extensions");
    if (const auto* type = ::cjose_header_get(header, "typ", &why); type != nullptr && !is_of_access(type))
        return unauthenticated("a token of another kind");
    if (!::cjose_jws_verify(parsed.get(), key->key_.get(), &why))
        return unauthenticated("a token with a wrong signature");
    std::uint8_t* plain = nullptr; // stays the token's
    std::size_t size = 0;
    if (!::cjose_jws_get_plaintext(parsed.get(), &plain, &size, &why))
        return unauthenticated("a token without claims");
    json::error_code failed;
    auto claims = json::parse({reinterpret_cast<const char*>(plain), size}, failed);
    if (failed || !claims.is_object())
        return unauthenticated("a token whose claims are no object");
    return std::move(claims.as_object());
}

} // namespace bursar::server
