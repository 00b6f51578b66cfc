// The rate limits of the process: the budgets in Redis when it is configured, so that several processes share them, and
// in this process otherwise. A call never fails because of Redis: while that is away, slow or loading, this process
// limits by itself, at once.
//
// Who has a budget of its own to charge (an account whose password is tried) does so here:
//
//     const auto left = co_await limits.take(by_id(scope::login_account, user), limits.policies().login);
//     if (!left.allowed()) → http::rate_limited(context, left)
//
// Belongs to the loop's thread. The registry must outlive it.
#pragma once

#include "server/asio.hpp"
#include "server/rate_limits/memory_store.hpp"
#include "server/rate_limits/redis_store.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <unordered_map>

namespace bursar::server::rate_limits {

struct policy_set {
    policy standard{"default", {6'000}, "BURSAR_RATE_LIMIT"};             // a principal; its own rate_limit goes before
    policy expensive{"expensive", {10}, "BURSAR_RATE_LIMIT_EXPENSIVE"};   // a principal, on routes that cost much
    policy login{"login", {10, std::chrono::minutes{15}}, login_setting}; // an address, and an account
    policy login_network{"login", {40, std::chrono::minutes{15}}, login_setting}; // an IPv6 network
    policy address{"address", {60'000}, "BURSAR_RATE_LIMIT_ADDRESS"};             // whoever asks
    policy network{"network", {240'000}, "BURSAR_RATE_LIMIT_NETWORK"};            // the same, of an IPv6 network
    policy tenant{"tenant", {30'000}, "BURSAR_RATE_LIMIT_TENANT"};                // an organization

    // An IPv6 network may try four times as often as one of its subnets.
    void limit_logins(std::uint32_t limit) noexcept {
        login.of.limit = limit;
        login_network.of.limit = 4 * limit;
    }

private:
    static constexpr std::string_view login_setting = "BURSAR_RATE_LIMIT_LOGIN";
};

class limiter {
public:
    // Without an address of a Redis: in this process alone.
    limiter(
        asio::io_context& loop, const policy_set& policies, std::optional<redis_address> redis,
        prometheus::Registry& registry);

    // Begins to connect to Redis, if there is to be one.
    void start();
    void stop() noexcept;

    const policy_set& policies() const noexcept { return policies_; }
    // Whether take() may have to wait for an answer.
    bool shared() const noexcept { return redis_.has_value(); }

    // Charges all of it, or nothing when one budget refuses. Policies without a limit are passed over; of nothing but
    // those the answer has no name and allows.
    awaitable<budget> take(charges all);
    awaitable<budget> take(subject who, policy under);

    // The same in this process alone, for who must not wait.
    budget take_here(charges all);

private:
    budget take_limited(const charges& all);
    void count(const budget& made);
    void redis_changed(bool up, std::string_view why);

    const policy_set policies_;
    memory_store here_;
    prometheus::Family<prometheus::Counter>& refusals_;
    std::unordered_map<std::string_view, prometheus::Counter*> by_policy_;
    prometheus::Gauge* redis_up_ = nullptr;    // only with Redis
    prometheus::Counter* fallbacks_ = nullptr; // likewise
    std::optional<redis_store> redis_;
};

} // namespace bursar::server::rate_limits
