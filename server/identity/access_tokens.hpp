// Access tokens: JWTs (RFC 9068 in form) that say which session of which user speaks, for 15 minutes. What the user may
// do is not in them: it is looked up, so that it changes at once.
#pragma once

#include "server/identity/signing_keys.hpp"
#include "server/uuid.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bursar::server {

inline constexpr std::chrono::seconds access_token_life{900};

struct user_session_claims {
    uuid user;
    uuid org;
    uuid session;
    timestamp expires;
};

// What is allowed for clocks that differ.
inline constexpr std::chrono::seconds leeway{60};

// Whether registered claims hold now: "iss" and "aud" are the expected ones (an array may name several audiences),
// "exp" is there and ahead, "nbf" and "iat" are not. unauthenticated with a detail otherwise. The time of expiry is
// returned, with its leeway.
result<timestamp>
check_claims(const boost::json::object& claims, std::string_view issuer, std::string_view audience, timestamp now);

// "iat", when it is there and a time.
std::optional<timestamp> issued_at(const boost::json::object& claims) noexcept;

class access_tokens {
public:
    // The keys must outlive it.
    access_tokens(const signing_keys& keys, std::string issuer, std::string audience);

    std::string issue(uuid user, uuid org, uuid session) const;

    // Else, with a detail, not_found for a token of a key that is none of ours, and unauthenticated for everything else
    // that issue() did not make or that is not valid now.
    result<user_session_claims> verify(std::string_view token) const;

private:
    const signing_keys& keys_;
    std::string issuer_;
    std::string audience_;
};

} // namespace bursar::server
