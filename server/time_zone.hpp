// Time zones by their names in the system's tz database (https://www.iana.org/time-zones), read by Abseil.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string_view>

namespace bursar::server {

// "Europe/Berlin", from $TZDIR or /usr/share/zoneinfo. nullopt: there is no such zone. Abseil keeps what it has loaded:
// a new edition of the database is seen by the next process.
std::optional<absl::TimeZone> find_time_zone(std::string_view name);

} // namespace bursar::server
