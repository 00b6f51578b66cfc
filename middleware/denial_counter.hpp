// Which denials become rows of the audit log: the first of a caller on a route, and then one a minute with the count of
// those in between, so that a flood of refused requests is no flood of writes. Remembers a bounded number of callers
// and routes; what goes beyond, or is never followed by another denial, stands in the access log alone.
#pragma once

#include "server/http/route.hpp"
#include "server/time.hpp"

#include <unordered_map>
#include <utility>

namespace bursar::middleware {

struct denied_call {
    server::uuid caller;
    const server::http::route* route;
    bool operator==(const denied_call&) const = default;
};

class denial_counter {
public:
    using time = server::steady_clock::time_point;
    static constexpr auto quiet_time = std::chrono::minutes{1};
    static constexpr auto retry_time = std::chrono::seconds{1};

    explicit denial_counter(std::size_t limit = 10'000)
        : limit_(limit) {}

    // Counts one more. How many a row has to tell of now; 0 while it is not yet time for one.
    std::uint64_t add(const denied_call& call, time now) {
        if (silences_.size() >= limit_ && !silences_.contains(call)) {
            std::erase_if(silences_, [now](const auto& each) { return each.second.until <= now; });
            if (silences_.size() >= limit_)
                return 0;
        }
        auto& quiet = silences_[call];
        ++quiet.untold;
        if (now < quiet.until)
            return 0;
        quiet.until = now + quiet_time;
        return std::exchange(quiet.untold, 0);
    }

    // The row could not be written: tells of them again, with a denial that comes after a second.
    void take_back(const denied_call& call, std::uint64_t count, time now) {
        auto& quiet = silences_[call];
        quiet.untold += count;
        quiet.until = now + retry_time;
    }

private:
    struct silence {
        time until;
        std::uint64_t untold = 0;
    };
    struct hash {
        std::size_t operator()(const denied_call& c) const noexcept {
            return server::uuid_hash{}(c.caller) ^ std::hash<const server::http::route*>{}(c.route);
        }
    };

    std::size_t limit_;
    std::unordered_map<denied_call, silence, hash> silences_;
};

} // namespace bursar::middleware
