// Points in time as bursar keeps and shows them: UTC, microseconds (what PostgreSQL's timestamptz holds), RFC 3339.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::server {

using timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

inline timestamp now() noexcept {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

// 2026-11-21T03:54:00.123456Z, always 27 characters, appended to out. Years 0000 to 9999.
void append_rfc3339(std::string& out, timestamp at);
std::string to_rfc3339(timestamp at);

// RFC 3339 section 5.6, cut to microseconds; a leap second (5.7) is the microsecond before it. nullopt for all else.
std::optional<timestamp> parse_rfc3339(std::string_view text) noexcept;

// What somebody may give as a time: the years 1900 to 9999 in UTC. Beyond that are slips of the pen, and what other
// programs take for "never".
inline constexpr timestamp earliest_time = std::chrono::sys_days{std::chrono::year{1900} / 1 / 1};
inline constexpr timestamp latest_time =
    timestamp{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} + std::chrono::days{1}} -
    std::chrono::microseconds{1};

constexpr bool is_within_bounds(timestamp at) noexcept {
    return at >= earliest_time && at <= latest_time;
}

// "2026-10", the years 1900 to 9999. nullopt for anything else.
std::optional<std::chrono::year_month> parse_month(std::string_view text) noexcept;
std::string to_string(std::chrono::year_month month);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7), for the Date header.
std::string to_http_date(std::chrono::sys_seconds at);

} // namespace bursar::server
