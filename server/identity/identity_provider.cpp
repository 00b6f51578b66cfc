#include "server/identity/identity_provider.hpp"

#include "server/identity/access_tokens.hpp"
#include "server/schema/enums.hpp"
#include "server/secret.hpp"
#include "server/telemetry/log.hpp"

#include <boost/asio/redirect_error.hpp>

namespace bursar::server {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t largest_set = 1U << 20U; // bytes
constexpr auto patience = 2s;                  // requests wait for it
constexpr auto between_fetches = 10s;

// The keys that are for us; the others are passed over.
result<std::vector<json_web_key>> read_set(std::string_view text) {
    const auto keys = parse_key_set(text);
    if (!keys)
        return error{errc::dependency_unavailable, "the identity provider's answer is no JWKS"};
    std::vector<json_web_key> out;
    for (const auto& each : *keys)
        if (auto key = json_web_key::parse(each))
            out.push_back(std::move(*key));
    if (out.empty())
        return error{errc::dependency_unavailable, "the identity provider's JWKS has no key for us"};
    return out;
}

} // namespace

identity_provider::identity_provider(asio::io_context& loop, options how)
    : how_(std::move(how))
    , client_(loop)
    , fetched_(loop.get_executor(), steady_clock::time_point::max()) {}

// A fetch that is under way, however it ends.
struct identity_provider::fetching {
    explicit fetching(identity_provider& p)
        : of(p) {
        of.fetching_ = true;
        of.not_before_ = steady_clock::now() + between_fetches;
    }
    ~fetching() {
        of.fetching_ = false;
        of.fetched_.cancel();
    }
    fetching(const fetching&) = delete;
    fetching& operator=(const fetching&) = delete;
    identity_provider& of;
};

awaitable<bool> identity_provider::refresh() {
    if (fetching_) {
        boost::system::error_code ignored;
        co_await fetched_.async_wait(asio::redirect_error(use_awaitable, ignored));
        co_return false;
    }
    const fetching under_way{*this};
    const auto done = co_await fetch();
    away_ = !done;
    if (!done)
        log_warning("identity_provider_away").with("error", done.error().detail);
    co_return false;
}

awaitable<result<>> identity_provider::fetch() {
    const auto answer = co_await client_.get(how_.keys, largest_set, steady_clock::now() + patience);
    if (!answer)
        co_return answer.error();
    if (answer->status != 200)
        co_return error{errc::dependency_unavailable, "status " + std::to_string(answer->status)};
    auto keys = read_set(answer->body);
    if (!keys)
        co_return keys.error();
    keys_ = std::move(*keys);
    co_return result<>{};
}

const json_web_key* identity_provider::find(std::string_view id) const noexcept {
    const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const auto& each) { return each.id() == id; });
    return found == keys_.end() ? nullptr : &*found;
}

awaitable<result<external_user>> identity_provider::verify(std::string_view token) {
    const auto look = [this](std::string_view id) { return find(id); };
    auto claims = verify_signature(token, look);
    if (!claims && claims.error().code == errc::not_found && worth_fetching()) {
        co_await refresh();
        claims = verify_signature(token, look);
    }
    if (!claims)
        co_return unauthenticated(claims.error().detail);
    co_return read(*claims);
}

// While the provider is away only who tries it waits for it, so that a flood of unknown keys holds nothing up.
bool identity_provider::worth_fetching() const noexcept {
    return fetching_ ? !away_ : steady_clock::now() >= not_before_;
}

std::optional<role> identity_provider::role_in(const json::object& claims) const {
    const auto known = [this](std::string_view name) -> std::optional<role> {
        if (how_.roles.empty())
            return schema::parse_enum<role>(name);
        const auto found = how_.roles.find(name);
        return found == how_.roles.end() ? std::nullopt : std::optional{found->second};
    };
    const auto* value = claims.if_contains(how_.role_claim);
    if (!value || !value->is_array())
        return known(text_at(claims, how_.role_claim));
    std::optional<role> highest;
    for (const auto& each : value->get_array())
        if (each.is_string())
            if (const auto here = known(each.get_string()); here && (!highest || *here < *highest))
                highest = here;
    return highest;
}

result<external_user> identity_provider::read(const json::object& claims) const {
    const auto expires = check_claims(claims, how_.issuer, how_.audience, now());
    if (!expires)
        return expires.error();
    if (*expires - issued_at(claims).value_or(now()) > how_.token_lifetime + leeway)
        return unauthenticated("a token that is valid for too long");
    const auto subject = text_at(claims, "sub");
    if (subject.empty())
        return unauthenticated("a token without its subject");
    const auto org = uuid::parse(text_at(claims, how_.org_claim));
    if (!org)
        return unauthenticated("a token without an organization");
    const auto as = role_in(claims);
    if (!as)
        return unauthenticated("a token without a role");
    // Nobody of ours, but always the same.
    principal caller{*org, uuid::v8(sha256(how_.issuer + '\0' + std::string{subject})), permissions_of(*as)};
    caller.kind = actor_kind::user;
    return external_user{caller, *expires};
}

} // namespace bursar::server
