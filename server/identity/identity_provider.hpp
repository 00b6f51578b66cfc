// Access tokens of an outside identity provider (OpenID Connect or another issuer of JWTs): its keys are fetched from
// its JWKS and kept; an unknown one has them fetched again, once in ten seconds at most. Which claims name the
// organization and the role is configured. While the provider is away, the keys that are known go on. Belongs to the
// loop's thread.
#pragma once

#include "server/http/client.hpp"
#include "server/identity/json_web_key.hpp"
#include "server/identity/role.hpp"
#include "server/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::server {

// What its tokens say of somebody.
struct external_user {
    principal caller;
    timestamp expires;
};

class identity_provider {
public:
    struct options {
        std::string issuer; // what "iss" is
        std::string audience;
        http::client_url keys; // the JWKS
        std::string org_claim = "org";
        std::string role_claim = "role";
        std::map<std::string, role, std::less<>> roles; // by the claim's value; without any, roles go by their names
        std::chrono::milliseconds token_lifetime{std::chrono::hours{24}}; // from "iat", else from now, to "exp"
    };

    identity_provider(asio::io_context& loop, options how);

    // Fetches the keys, or waits for whoever does. False: there is no more to do at once.
    awaitable<bool> refresh();

    // unauthenticated, with a detail, for everything that the provider did not sign for us and for now, or that names
    // no organization and role.
    awaitable<result<external_user>> verify(std::string_view token);

private:
    struct fetching;

    awaitable<result<>> fetch();
    bool worth_fetching() const noexcept;
    const json_web_key* find(std::string_view id) const noexcept;
    result<external_user> read(const boost::json::object& claims) const;
    std::optional<role> role_in(const boost::json::object& claims) const;

    options how_;
    http::client client_;
    std::vector<json_web_key> keys_;
    bool fetching_ = false;
    bool away_ = false;                     // the last fetch failed
    timer fetched_;                         // cancelled when a fetch has ended
    steady_clock::time_point not_before_{}; // the next fetch for an unknown key
};

} // namespace bursar::server
