#include "db/repositories/api_keys.hpp"
#include "middleware/steps.hpp"
#include "server/hex.hpp"
#include "server/http/answer.hpp"
#include "server/http/headers.hpp"

#include <cstring>
#include <unordered_map>

namespace bursar::middleware {

namespace {

using server::sha256_hash;
using server::steady_clock;

constexpr std::size_t cache_limit = 50'000;
constexpr auto cache_time = std::chrono::minutes{1};

// The token of "Bearer <token>" (RFC 6750 section 2.1), or empty.
std::string_view bearer_token(std::string_view authorization) noexcept {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() <= scheme.size() || !http::iequals(authorization.substr(0, scheme.size()), scheme))
        return {};
    return authorization.substr(scheme.size());
}

struct hash_of_hash {
    std::size_t operator()(const sha256_hash& h) const noexcept {
        std::size_t out = 0;
        std::memcpy(&out, h.data(), sizeof out);
        return out;
    }
};

std::optional<sha256_hash> parse_hex(std::string_view hex) noexcept {
    sha256_hash out;
    if (hex.size() != 2 * out.size() || hex.find_first_not_of("0123456789abcdef") != std::string_view::npos)
        return std::nullopt;
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<std::uint8_t>(server::hex_digit(hex[2 * i]) << 4 | server::hex_digit(hex[2 * i + 1]));
    return out;
}

class authentication_step final : public http::middleware {
public:
    explicit authentication_step(db::client& client)
        : client_(client) {
        client.listen(
            "bursar_api_keys", [this](std::string_view payload) { forget(payload); }, [this] { cache_.clear(); });
    }

    bool applies_to(const http::route& r) const override { return !std::holds_alternative<http::anyone>(*r.access); }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        const auto token = bearer_token(context.request.header(http::field::authorization));
        if (token.empty() || !server::well_formed_api_key(token))
            return refuse(context, errc::unauthenticated);
        const auto hash = server::sha256(token);
        const auto cached = cache_.find(hash);
        if (cached == cache_.end() || cached->second.until < steady_clock::now())
            return look_up(context, rest, hash);
        if (!usable(cached->second))
            return refuse(context, errc::unauthenticated);
        context.caller = cached->second.key->principal;
        return rest(context);
    }

private:
    struct entry {
        std::optional<db::repositories::api_key_row> key; // nullopt: known to be no good
        steady_clock::time_point until;
    };

    static bool usable(const entry& e) { return e.key && (!e.key->expires_at || *e.key->expires_at > server::now()); }

    static awaitable<http::response> refuse(http::request_context& context, error why) {
        co_return http::problem(context, why);
    }

    awaitable<http::response> look_up(http::request_context& context, http::next rest, sha256_hash hash) {
        const auto changes = changes_;
        auto found = co_await db::repositories::find_api_key(client_, hash, context.expires);
        if (!found)
            co_return http::problem(context, found.error());
        if (cache_.size() >= cache_limit)
            cache_.clear();
        // A change that was notified while we asked may not be in what we read: use it for this request only.
        if (changes == changes_)
            cache_[hash] = {*found, steady_clock::now() + cache_time};
        if (!*found)
            co_return http::problem(context, errc::unauthenticated);
        context.caller = (*found)->principal;
        co_return co_await rest(context);
    }

    void forget(std::string_view payload) {
        ++changes_;
        if (const auto hash = parse_hex(payload))
            cache_.erase(*hash);
        else
            cache_.clear();
    }

    db::client& client_;
    std::unordered_map<sha256_hash, entry, hash_of_hash> cache_;
    std::uint64_t changes_ = 0;
};

} // namespace

step authentication(db::client& client) {
    return std::make_shared<authentication_step>(client);
}

} // namespace bursar::middleware
