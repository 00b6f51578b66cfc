#include "db/repositories/identity/api_keys.hpp"
#include "db/repositories/identity/organizations.hpp"
#include "db/repositories/identity/sessions.hpp"
#include "middleware/key_hashes.hpp"
#include "middleware/key_uses.hpp"
#include "middleware/lookup_cache.hpp"
#include "middleware/refuse.hpp"
#include "middleware/steps.hpp"
#include "server/hex.hpp"
#include "server/http/answer.hpp"
#include "server/http/bearer_token.hpp"
#include "server/identity/access_tokens.hpp"
#include "server/identity/identity_provider.hpp"

#include <absl/strings/escaping.h>

#include <cstring>

namespace bursar::middleware {

namespace {

using db::repositories::known_api_key;
using server::external_user;
using server::principal;
using server::sha256_hash;
using server::user_session_claims;
using server::uuid;

struct hash_of_hash {
    std::size_t operator()(const sha256_hash& h) const noexcept {
        std::size_t out = 0;
        std::memcpy(&out, h.data(), sizeof out);
        return out;
    }
};

std::optional<sha256_hash> parse_hex(std::string_view hex) {
    sha256_hash out;
    // absl looks at nothing: what is no digit would be one for it.
    if (hex.size() != 2 * out.size() || !server::is_lower_hex(hex))
        return std::nullopt;
    const auto bytes = absl::HexStringToBytes({hex.data(), hex.size()});
    std::memcpy(out.data(), bytes.data(), out.size());
    return out;
}

class authentication_step final : public http::middleware {
public:
    authentication_step(db::client& client, const credential_checks& with)
        : client_(client)
        , with_(with) {
        keys_.set_notified(false);
        callers_.set_notified(false);
        client.listen(
            "bursar_api_keys", [this](std::string_view payload) { forget_key(payload); },
            [this](bool listening) { keys_.set_notified(listening); });
        client.listen(
            "bursar_sessions", [this](std::string_view payload) { forget_session(payload); },
            [this](bool listening) { callers_.set_notified(listening); });
    }

    bool applies_to(const http::route& r) const override { return !std::holds_alternative<http::anyone>(*r.access); }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        const auto token = http::bearer_token(context.request.header(http::field::authorization));
        if (token.starts_with(prefix_of(server::secret_kind::api_key)))
            return by_key(context, rest, token);
        return by_access_token(context, rest, token);
    }

private:
    awaitable<http::response> by_key(http::request_context& context, http::next rest, std::string_view key) {
        const auto* hash = key_hashes_.find(key);
        if (hash == nullptr) {
            if (!server::well_formed_secret(server::secret_kind::api_key, key))
                return refuse(context, errc::unauthenticated);
            hash = &key_hashes_.add(key);
        }
        const auto* known = keys_.find(*hash);
        return known ? let_in(context, rest, *known) : look_up(context, rest, *hash);
    }

    awaitable<http::response>
    let_in(http::request_context& context, http::next rest, const std::optional<known_api_key>& key) {
        if (!key || (key->expires_at && *key->expires_at <= server::now()))
            return refuse(context, errc::unauthenticated);
        context.caller = key->principal;
        with_.key_uses.note(key->principal.id);
        return rest(context);
    }

    awaitable<http::response> look_up(http::request_context& context, http::next rest, sha256_hash hash) {
        const auto changes = keys_.changes();
        const auto found = co_await key_rows_.find_caller(client_, hash, context.expires);
        if (!found)
            co_return http::problem(context, found.error());
        keys_.keep(hash, *found, changes);
        co_return co_await let_in(context, rest, *found);
    }

    awaitable<http::response> by_access_token(http::request_context& context, http::next rest, std::string_view token) {
        if (token.empty())
            return refuse(context, errc::unauthenticated);
        const auto hash = server::sha256(token);
        if (const auto* provided = provided_.find(hash))
            return let_in(context, rest, **provided);
        const auto* known = claims_.find(hash);
        if (!known) {
            const auto verified = with_.tokens.verify(token);
            if (!verified && verified.error().code == errc::not_found && with_.provider)
                return by_provider(context, rest, hash, token);
            if (!verified)
                return refuse(context, {errc::unauthenticated, verified.error().detail});
            claims_.keep(hash, *verified, claims_.changes());
            known = claims_.find(hash);
        }
        const auto& claims = **known;
        if (claims.expires <= server::now())
            return refuse(context, {errc::unauthenticated, "a token that has expired"});
        const auto* caller = callers_.find(claims.session);
        return caller ? let_in(context, rest, claims, *caller) : look_up(context, rest, claims);
    }

    awaitable<http::response> let_in(
        http::request_context& context, http::next rest, const user_session_claims& claims,
        const std::optional<principal>& caller) {
        if (!caller || caller->org != claims.org || caller->id != claims.user)
            return refuse(context, {errc::unauthenticated, "a token of a session that is over"});
        context.caller = *caller;
        return rest(context);
    }

    awaitable<http::response> look_up(http::request_context& context, http::next rest, user_session_claims claims) {
        const auto changes = callers_.changes();
        const auto found = co_await session_rows_.find_caller(client_, claims.org, claims.session, context.expires);
        if (!found)
            co_return http::problem(context, found.error());
        callers_.keep(claims.session, *found, changes);
        co_return co_await let_in(context, rest, claims, *found);
    }

    // A token of the outside identity provider, for an organization of ours.
    awaitable<http::response>
    by_provider(http::request_context& context, http::next rest, sha256_hash hash, std::string_view token) {
        const auto found = co_await with_.provider->verify(token);
        if (!found)
            co_return http::problem(context, found.error());
        const auto org = co_await organization_rows_.find(client_, found->caller.org, context.expires);
        if (!org && org.error().code == errc::not_found)
            co_return http::problem(context, {errc::unauthenticated, "a token for an organization that is not here"});
        if (!org)
            co_return http::problem(context, org.error());
        provided_.keep(hash, *found, provided_.changes());
        co_return co_await let_in(context, rest, *found);
    }

    awaitable<http::response> let_in(http::request_context& context, http::next rest, const external_user& provided) {
        if (provided.expires <= server::now())
            return refuse(context, {errc::unauthenticated, "a token that has expired"});
        context.caller = provided.caller;
        return rest(context);
    }

    void forget_key(std::string_view payload) {
        if (const auto hash = parse_hex(payload))
            keys_.forget(*hash);
        else
            keys_.forget_all();
    }

    // "session:<id>" or "user:<id>".
    void forget_session(std::string_view payload) {
        const auto colon = std::min(payload.find(':'), payload.size());
        const auto id = uuid::parse(payload.substr(std::min(colon + 1, payload.size())));
        if (id && payload.starts_with("session:"))
            callers_.forget(*id);
        else if (id)
            callers_.forget_if([&](const principal& caller) { return caller.id == *id; });
        else
            callers_.forget_all();
    }

    db::client& client_;
    const credential_checks with_;
    const db::repositories::api_key_repository key_rows_;
    const db::repositories::user_session_repository session_rows_;
    const db::repositories::organization_repository organization_rows_;
    key_hashes key_hashes_;
    lookup_cache<sha256_hash, known_api_key, hash_of_hash> keys_;
    lookup_cache<sha256_hash, user_session_claims, hash_of_hash> claims_; // of tokens whose signature was looked at
    lookup_cache<sha256_hash, external_user, hash_of_hash> provided_;     // by tokens of the identity provider
    lookup_cache<uuid, principal, server::uuid_hash> callers_;            // of sessions
};

} // namespace

step authentication(db::client& client, const credential_checks& with) {
    return std::make_shared<authentication_step>(client, with);
}

} // namespace bursar::middleware
