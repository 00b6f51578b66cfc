#include "server/identity/access_tokens.hpp"

namespace bursar::server {

namespace json = boost::json;

namespace {

// A NumericDate (RFC 7519 section 2), which may have a fraction. nullopt: absent, or no time.
std::optional<timestamp> time_at(const json::object& claims, std::string_view name) noexcept {
    constexpr double latest = 253'402'300'800; // the year 10000
    const auto* value = claims.if_contains(name);
    if (!value || !value->is_number())
        return std::nullopt;
    const auto seconds = value->to_number<double>();
    if (!(seconds >= 0 && seconds < latest))
        return std::nullopt;
    return timestamp{std::chrono::seconds{static_cast<std::int64_t>(seconds)}};
}

bool is_audience(const json::object& claims, std::string_view audience) noexcept {
    const auto* value = claims.if_contains("aud");
    if (!value || !value->is_array())
        return text_at(claims, "aud") == audience;
    for (const auto& each : value->get_array())
        if (each.is_string() && each.get_string() == audience)
            return true;
    return false;
}

std::int64_t seconds_of(timestamp at) noexcept {
    return at.time_since_epoch() / std::chrono::seconds{1};
}

} // namespace

std::optional<timestamp> issued_at(const json::object& claims) noexcept {
    return time_at(claims, "iat");
}

result<timestamp>
check_claims(const json::object& claims, std::string_view issuer, std::string_view audience, timestamp now) {
    if (text_at(claims, "iss") != issuer)
        return unauthenticated("a token of another issuer");
    if (!is_audience(claims, audience))
        return unauthenticated("a token for another audience");
    const auto expires = time_at(claims, "exp");
    if (!expires || *expires + leeway <= now)
        return unauthenticated("a token that has expired");
    for (const auto* name : {"nbf", "iat"}) {
        const auto begins = time_at(claims, name);
        if (claims.contains(name) && (!begins || *begins - leeway > now))
            return unauthenticated("a token that is not valid yet");
    }
    return *expires + leeway;
}

access_tokens::access_tokens(const signing_keys& keys, std::string issuer, std::string audience)
    : keys_(keys)
    , issuer_(std::move(issuer))
    , audience_(std::move(audience)) {}

std::string access_tokens::issue(uuid user, uuid org, uuid session) const {
    const auto now = server::now();
    return keys_.current().sign(
        {{"iss", issuer_},
         {"aud", audience_},
         {"sub", user.to_string()},
         {"org", org.to_string()},
         {"sid", session.to_string()},
         {"iat", seconds_of(now)},
         {"nbf", seconds_of(now)},
         {"exp", seconds_of(now + access_token_life)},
         {"jti", uuid::v7().to_string()}});
}

result<user_session_claims> access_tokens::verify(std::string_view token) const {
    const auto claims = verify_signature(token, [this](std::string_view kid) { return keys_.find(kid); });
    if (!claims)
        return claims.error();
    const auto expires = check_claims(*claims, issuer_, audience_, server::now());
    if (!expires)
        return expires.error();
    const auto user = uuid::parse(text_at(*claims, "sub"));
    const auto org = uuid::parse(text_at(*claims, "org"));
    const auto session = uuid::parse(text_at(*claims, "sid"));
    if (!user || !org || !session)
        return unauthenticated("a token without its session");
    return user_session_claims{*user, *org, *session, *expires};
}

} // namespace bursar::server
