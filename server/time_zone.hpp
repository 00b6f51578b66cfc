// A time zone of the system's tz database (https://www.iana.org/time-zones), read from its compiled form: TZif,
// RFC 9636. GCC 12 has no std::chrono::time_zone; libc knows one zone a process.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::server {

class time_zone {
public:
    using local_seconds = std::chrono::local_seconds;
    using sys_seconds = std::chrono::sys_seconds;

    // "Europe/Berlin", from $TZDIR or /usr/share/zoneinfo. nullopt: there is no such zone. Reads a small file, so keep
    // what it returns; a new edition of the database is seen by the next call.
    static std::optional<time_zone> load(std::string_view name);

    // From the bytes of a TZif file; nullopt when they are not one.
    static std::optional<time_zone> parse(std::string_view tzif);

    std::chrono::seconds offset_at(sys_seconds at) const noexcept; // east of UTC
    local_seconds to_local(sys_seconds at) const noexcept {
        return local_seconds{(at + offset_at(at)).time_since_epoch()};
    }

    // The instant at which a clock on the wall shows the time. One that it shows twice: the first. One that it never
    // shows: the instant at which it is put forward over it.
    sys_seconds to_sys(local_seconds shown) const noexcept;

private:
    struct transition {
        sys_seconds at;
        std::chrono::seconds offset; // from then on
    };

    explicit time_zone(std::chrono::seconds first)
        : first_(first) {}
    bool read_transitions(std::string_view block, std::size_t time_size);
    bool add_rules(std::string_view posix);

    std::chrono::seconds first_; // before all transitions
    std::vector<transition> transitions_;
};

} // namespace bursar::server
