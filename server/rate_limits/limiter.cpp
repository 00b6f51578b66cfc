#include "server/rate_limits/limiter.hpp"

#include "server/telemetry/log.hpp"

#include <algorithm>

namespace bursar::server::rate_limits {

namespace {

void drop_unlimited(charges& all) noexcept {
    const auto limited = [](const charge& c) { return c.under.of.limit > 0; };
    all.erase(std::stable_partition(all.begin(), all.end(), limited), all.end());
}

} // namespace

limiter::limiter(
    asio::io_context& loop, const policy_set& policies, std::optional<redis_address> redis,
    prometheus::Registry& registry)
    : policies_(policies)
    , refusals_(prometheus::BuildCounter()
                    .Name("bursar_rate_limited_requests_total")
                    .Help("Calls refused because a budget was spent, by policy.")
                    .Register(registry)) {
    if (!redis)
        return;
    redis_up_ = &prometheus::BuildGauge()
                     .Name("bursar_rate_limiter_redis_up")
                     .Help("1 while the budgets are shared through Redis, 0 while this process limits by itself.")
                     .Register(registry)
                     .Add({});
    fallbacks_ = &prometheus::BuildCounter()
                      .Name("bursar_rate_limiter_fallbacks_total")
                      .Help("Calls charged to this process alone because Redis did not answer.")
                      .Register(registry)
                      .Add({});
    redis_.emplace(loop, std::move(*redis), [this](bool up, std::string_view why) { redis_changed(up, why); });
}

void limiter::start() {
    if (redis_)
        redis_->start();
}

void limiter::stop() noexcept {
    if (redis_)
        redis_->stop();
}

budget limiter::take_here(charges all) {
    drop_unlimited(all);
    return take_limited(all);
}

budget limiter::take_limited(const charges& all) {
    if (all.empty())
        return {};
    const auto made = here_.take(all, steady_clock::now().time_since_epoch());
    count(made);
    return made;
}

awaitable<budget> limiter::take(charges all) {
    drop_unlimited(all);
    if (!redis_ || all.empty())
        co_return take_limited(all);
    const auto decided = co_await redis_->take(all);
    if (!decided) {
        fallbacks_->Increment();
        co_return take_limited(all);
    }
    const auto made = summary(all, {decided->data(), decided->size()});
    count(made);
    co_return made;
}

awaitable<budget> limiter::take(subject who, policy under) {
    charges one;
    one.push_back({who, under});
    return take(std::move(one));
}

void limiter::count(const budget& made) {
    if (made.allowed())
        return;
    auto& counter = by_policy_[made.under.name];
    if (counter == nullptr)
        counter = &refusals_.Add({{"policy", std::string{made.under.name}}});
    counter->Increment();
}

void limiter::redis_changed(bool up, std::string_view why) {
    redis_up_->Set(up ? 1 : 0);
    if (up)
        log_info("rate_limits_shared");
    else
        log_warning("rate_limits_not_shared").with("error", why);
}

} // namespace bursar::server::rate_limits
