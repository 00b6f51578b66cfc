#include "server/rate_limits/gcra.hpp"

#include <algorithm>

namespace bursar::server::rate_limits {

namespace {

std::uint32_t whole_seconds(nanoseconds time) noexcept {
    return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(time).count());
}

} // namespace

decision accepted(const quota& of, nanoseconds after) noexcept {
    const auto left = std::max<std::int64_t>((of.window - after) / of.interval(), 0);
    return {true, static_cast<std::uint32_t>(std::min<std::int64_t>(left, of.limit - 1)), whole_seconds(after)};
}

decision refused(nanoseconds wait) noexcept {
    return {false, 0, std::max(whole_seconds(wait), 1U)};
}

decision decide(const quota& of, nanoseconds debt) noexcept {
    const auto after = debt + of.interval();
    return after > of.window ? refused(after - of.window) : accepted(of, after);
}

nanoseconds debt_at(const quota& of, nanoseconds whole_at, nanoseconds now) noexcept {
    return std::clamp(whole_at - now, nanoseconds{0}, nanoseconds{of.window});
}

} // namespace bursar::server::rate_limits
