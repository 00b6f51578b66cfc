// Which denials become rows of the audit log: the first of a caller on a route, and then one a minute with the count of
// those in between, so that a flood of refused requests is no flood of writes. Remembers a bounded number of callers
// and routes; what goes beyond stands in the access log alone.
#pragma once

#include "server/http/route.hpp"
#include "server/time.hpp"

#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bursar::middleware {

struct denied_call {
    server::uuid org;
    server::uuid caller;
    server::actor_kind kind;
    const server::http::route* route;
    std::optional<server::permission> lacked; // the one that the route declares; none: a service refused
    bool operator==(const denied_call&) const = default;
};

enum class due : std::uint8_t { after_their_minute, at_once };

class denial_counter {
public:
    using time = server::steady_clock::time_point;
    static constexpr auto quiet_time = std::chrono::minutes{1};
    static constexpr auto retry_time = std::chrono::seconds{1};

    explicit denial_counter(std::size_t limit = 10'000)
        : limit_(limit) {}

    // Counts one more. How many a row has to record now; 0 while it is not yet time for one.
    std::uint64_t add(const denied_call& call, time now) {
        if (silences_.size() >= limit_ && !silences_.contains(call)) {
            std::erase_if(
                silences_, [now](const auto& each) { return each.second.until <= now && each.second.untold == 0; });
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

    // What no further denial has brought to a row, with its count.
    std::vector<std::pair<denied_call, std::uint64_t>> take(time now, due which) {
        std::vector<std::pair<denied_call, std::uint64_t>> out;
        for (auto& [call, quiet] : silences_)
            if (quiet.untold > 0 && (which == due::at_once || quiet.until <= now)) {
                quiet.until = now + quiet_time;
                out.emplace_back(call, std::exchange(quiet.untold, 0));
            }
        return out;
    }

    // The row could not be written: they are counted again, for a denial that comes after a second.
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
