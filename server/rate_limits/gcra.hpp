// The generic cell rate algorithm (ITU-T I.371, annex A.1, as virtual scheduling), without clock and without memory.
// All that is kept of a caller is one instant, at which the budget will be whole again; how far it lies ahead is the
// debt. Each call adds an interval to it, window / limit, and is refused when the debt would pass the window. So a
// caller that was quiet may spend the whole budget at once, and one that never rests gets exactly `limit` calls in
// every window, evenly.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace bursar::server::rate_limits {

using std::chrono::nanoseconds;

struct quota {
    std::uint32_t limit = 0; // calls in a window; 0 is no limit
    std::chrono::seconds window{60};

    nanoseconds interval() const noexcept { return nanoseconds{window} / limit; }
};

// A quota with the name that clients see in RateLimit-Policy, and what an operator changes it by. Both are literals.
struct policy {
    std::string_view name;
    quota of;
    std::string_view setting = {};
};

struct decision {
    bool allowed = true;
    std::uint32_t remaining = 0;
    std::uint32_t seconds = 0; // until the budget is whole; of a refusal, until the next call is accepted. Rounded up.
};

// Of a call that takes the debt up to `after`.
decision accepted(const quota& of, nanoseconds after) noexcept;
decision refused(nanoseconds wait) noexcept;

// Of a call that meets this debt. Charges nothing. Only where there is a limit.
decision decide(const quota& of, nanoseconds debt) noexcept;

// How far `whole_at` lies ahead of `now`: never less than nothing, and never more than the window, so that a clock that
// jumped or a quota that was lowered locks nobody out.
nanoseconds debt_at(const quota& of, nanoseconds whole_at, nanoseconds now) noexcept;

} // namespace bursar::server::rate_limits
