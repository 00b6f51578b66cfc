// The TZ strings of POSIX, "CET-1CEST,M3.5.0,M10.5.0/3", with which a TZif file says what holds for all the years after
// its last transition (RFC 9636 section 3.3.1).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace bursar::server {

// A day of the year and a time of it by the clock that holds until then.
struct posix_rule {
    enum class form { month_week_day, julian, zero_based } kind = form::month_week_day;
    int month = 0; // 1 to 12
    int week = 0;  // 1 to 5; 5 is the last
    int day = 0;   // of the week, 0 is Sunday; or of the year
    std::chrono::seconds time = std::chrono::hours{2};

    std::chrono::local_seconds in(std::chrono::year y) const noexcept;
};

struct posix_time_zone {
    std::chrono::seconds standard{0}; // east of UTC
    struct saving {
        std::chrono::seconds offset;
        posix_rule from, until;
    };
    std::optional<saving> daylight;
};

std::optional<posix_time_zone> parse_posix_time_zone(std::string_view text) noexcept;

} // namespace bursar::server
