// Both places of the rate limits: they differ in whom they charge.
#include "middleware/steps.hpp"
#include "server/http/answer.hpp"
#include "server/http/media_type.hpp"

#include <charconv>

namespace bursar::middleware {

namespace {

using namespace server::rate_limits;

// "default";q=100;w=60 and "default";r=50;t=30 (draft-ietf-httpapi-ratelimit-headers-10), as lines of a header block.
class header_lines {
public:
    explicit header_lines(const budget& made) {
        add("RateLimit-Policy: \"");
        add(made.under.name);
        add("\";q=");
        add(made.under.of.limit);
        add(";w=");
        add(static_cast<std::uint64_t>(made.under.of.window.count()));
        add("\r\nRateLimit: \"");
        add(made.under.name);
        add("\";r=");
        add(made.now.remaining);
        add(";t=");
        add(made.now.seconds);
        add("\r\n");
    }

    std::string_view text() const noexcept { return {text_.data(), size_}; }

private:
    void add(std::string_view piece) noexcept {
        const auto fits = std::min(piece.size(), text_.size() - size_);
        std::copy_n(piece.data(), fits, text_.data() + size_);
        size_ += fits;
    }
    void add(std::uint64_t number) noexcept {
        const auto [end, failed] = std::to_chars(text_.data() + size_, text_.data() + text_.size(), number);
        if (failed == std::errc{})
            size_ = static_cast<std::size_t>(end - text_.data());
    }

    std::array<char, 256> text_; // NOLINT(cppcoreguidelines-pro-type-member-init): only size_ characters are read
    std::size_t size_ = 0;
};

void announce(const http::request_context& context, http::response& answer) {
    if (context.budget.under.of.limit > 0)
        answer.headers.add_lines(header_lines{context.budget}.text());
}

// The budget that the answer speaks of is the one that was charged last, or the one that refused.
void note(http::request_context& context, const budget& made) {
    if (made.under.of.limit > 0)
        context.budget = made;
}

// By address: before anything is asked of PostgreSQL. It is the outer of the two, and sets the answer's fields for
// both.
struct address_place {
    static constexpr bool outer = true;

    static bool applies_to(const http::route& r) noexcept { return r.rate != http::rate_class::unlimited; }

    static charges of(const limiter& limits, const http::request_context& context) {
        charges all;
        const auto& policies = limits.policies();
        if (context.route->rate == http::rate_class::login) {
            all.push_back({by_address(scope::login_address, context.client), policies.login});
            if (const auto network = by_network(scope::login_network, context.client))
                all.push_back({*network, policies.login_network});
        }
        all.push_back({by_address(scope::address, context.client), policies.address});
        if (const auto network = by_network(scope::network, context.client))
            all.push_back({*network, policies.network});
        return all;
    }
};

// By principal and tenant. A key without a limit is free of both.
struct principal_place {
    static constexpr bool outer = false;

    static bool applies_to(const http::route& r) noexcept {
        return r.rate != http::rate_class::unlimited && !std::holds_alternative<http::anyone>(*r.access);
    }

    static charges of(const limiter& limits, const http::request_context& context) {
        charges all;
        const auto& caller = *context.caller;
        if (caller.rate_limit == 0)
            return all;
        if (rate_of(context) == http::rate_class::expensive)
            all.push_back({by_id(scope::expensive, caller.id), limits.policies().expensive});
        else
            all.push_back({by_id(scope::principal, caller.id), standard(limits, caller)});
        all.push_back({by_id(scope::tenant, caller.org), limits.policies().tenant});
        return all;
    }

    // Before negotiation: what the client likes better than the first form counts.
    static http::rate_class rate_of(const http::request_context& context) {
        const auto& route = *context.route;
        if (!route.rate_of_other_forms)
            return route.rate;
        const auto accept = context.request.header(http::field::accept);
        const auto& first = route.answers.front();
        const bool other = std::any_of(route.answers.begin(), route.answers.end(), [&](const http::answer_spec& each) {
            return each.status < 300 && &each != &first && http::prefers(accept, each.media_type, first.media_type);
        });
        return other ? *route.rate_of_other_forms : route.rate;
    }

    static policy standard(const limiter& limits, const server::principal& caller) noexcept {
        auto out = limits.policies().standard;
        if (caller.rate_limit) {
            out.of.limit = static_cast<std::uint32_t>(*caller.rate_limit);
            out.setting = "the key's own rate_limit";
        }
        return out;
    }
};

// The refusal, if it came to that.
template <class Place>
std::optional<http::response> settle(http::request_context& context, const budget& made) {
    note(context, made);
    if (made.allowed())
        return std::nullopt;
    auto answer = http::rate_limited(context, made);
    if (Place::outer)
        announce(context, answer);
    return answer;
}

// The budgets of this process: nothing to wait for.
template <class Place>
class own_rate_limit final : public http::filter {
public:
    explicit own_rate_limit(limiter& limits)
        : limits_(limits) {}

    bool applies_to(const http::route& r) const override { return Place::applies_to(r); }

    std::optional<http::response> before(http::request_context& context) override {
        return settle<Place>(context, limits_.take_here(Place::of(limits_, context)));
    }

    void after(http::request_context& context, http::response& answer) override {
        if (Place::outer)
            announce(context, answer);
    }

private:
    limiter& limits_;
};

// Budgets that are shared with other processes: asked for over the network.
template <class Place>
class shared_rate_limit final : public http::middleware {
public:
    explicit shared_rate_limit(limiter& limits)
        : limits_(limits) {}

    bool applies_to(const http::route& r) const override { return Place::applies_to(r); }

    awaitable<http::response> handle(http::request_context& context, http::next rest) override {
        const auto made = co_await limits_.take(Place::of(limits_, context));
        if (auto refusal = settle<Place>(context, made))
            co_return std::move(*refusal);
        auto answer = co_await rest(context);
        if (Place::outer)
            announce(context, answer);
        co_return answer;
    }

private:
    limiter& limits_;
};

template <class Place>
step rate_limit(limiter& limits) {
    if (limits.shared())
        return std::make_shared<shared_rate_limit<Place>>(limits);
    return std::make_shared<own_rate_limit<Place>>(limits);
}

} // namespace

step address_rate_limit(limiter& limits) {
    return rate_limit<address_place>(limits);
}

step principal_rate_limits(limiter& limits) {
    return rate_limit<principal_place>(limits);
}

} // namespace bursar::middleware
