// JSON Web Keys and what is signed with them (RFC 7515, 7517), by cjose. Asymmetric keys alone: a key that verifies
// cannot sign. Each serves one algorithm (RFC 8725 section 3.1): that of its "alg", or else the usual one of its type.
#pragma once

#include "server/error.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct _cjose_jwk_int; // NOLINT(bugprone-reserved-identifier): the name that cjose gave it

namespace bursar::server {

class json_web_key {
public:
    // Of a member of a JWKS's "keys". validation_failed with a detail: not for signatures, symmetric, weak or
    // malformed.
    static result<json_web_key> parse(const boost::json::object& from);

    // A new pair of P-256 with a random id, for ES256. Throws std::runtime_error when the library cannot.
    static json_web_key generate();

    const std::string& id() const noexcept { return id_; }
    const std::string& algorithm() const noexcept { return algorithm_; }
    bool is_private() const noexcept { return private_; }

    boost::json::object public_part() const;
    boost::json::object private_part() const; // only of a private one

    // The claims as a compact JWS with that "typ". Only with a private key; throws std::runtime_error when the library
    // cannot.
    std::string sign(const boost::json::object& claims, const std::string& type = "at+jwt") const;

private:
    friend result<boost::json::object>
    verify_signature(std::string_view, const std::function<const json_web_key*(std::string_view)>&);

    struct release {
        void operator()(_cjose_jwk_int* key) const noexcept;
    };
    json_web_key(_cjose_jwk_int* key, std::string id, std::string algorithm, bool is_private);
    boost::json::object describe(bool with_private) const;

    std::unique_ptr<_cjose_jwk_int, release> key_;
    std::string id_;
    std::string algorithm_;
    bool private_;
};

// A credential that does not let in; `why` is for the log.
inline error unauthenticated(std::string why) {
    return {errc::unauthenticated, std::move(why)};
}

// The string of that name; empty when there is none.
std::string_view text_at(const boost::json::object& from, std::string_view name) noexcept;

// The members of a JWKS's "keys". nullopt: the text is no JWKS.
std::optional<std::vector<boost::json::object>> parse_key_set(std::string_view text);

// The claims of a compact JWS whose header names a key that `find` knows, that key's algorithm, nothing critical, and,
// if any, the type of an access token or of a JWT. Else, with a detail, not_found when `find` knows no such key, and
// unauthenticated; what the claims say is for the caller to check.
result<boost::json::object>
verify_signature(std::string_view token, const std::function<const json_web_key*(std::string_view kid)>& find);

} // namespace bursar::server
