#include "server/time_zone.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace bursar::server {

namespace {

// Names are paths: none may lead out of the folder, nor to the editions that count leap seconds.
bool is_zone_name(std::string_view name) noexcept {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
               c == '+' || c == '-';
    };
    return !name.empty() && name.size() <= 64 && name.front() != '/' && std::all_of(name.begin(), name.end(), fits) &&
           !name.starts_with("right/") && !name.starts_with("posix/");
}

// Files of the database that stand for whatever the machine, or nobody, has set.
constexpr std::array<std::string_view, 3> no_zones{"Factory", "localtime", "posixrules"};

} // namespace

// Abseil has names of its own ("localtime", "Fixed/…") and remembers every name that it was ever asked for, so it is
// asked only for files that are there.
std::optional<absl::TimeZone> find_time_zone(std::string_view name) {
    if (!is_zone_name(name) || std::find(no_zones.begin(), no_zones.end(), name) != no_zones.end())
        return std::nullopt;
    const std::string text{name};
    const char* folder = std::getenv("TZDIR"); // NOLINT(concurrency-mt-unsafe): nothing sets it
    std::error_code failed;
    absl::TimeZone zone;
    if (!std::filesystem::is_regular_file(
            std::filesystem::path{folder == nullptr ? "/usr/share/zoneinfo" : folder} / text, failed) ||
        !absl::LoadTimeZone(text, &zone))
        return std::nullopt;
    return zone;
}

} // namespace bursar::server
