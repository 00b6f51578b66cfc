// Log lines: one JSON object a line on standard output. Lines are built on the caller's thread and written a few
// milliseconds later by a line_writer; lines beyond what it holds are dropped and counted. Never pass a password,
// token, key or body.
//
//     log_info("listening").with("address", address).with("port", port);
#pragma once

#include "server/uuid.hpp"

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace bursar::server {

enum class log_level { debug, info, warning, error };

// Starts the writing thread. Before it, and after log_stop, lines are dropped. Not thread-safe.
void log_start(log_level least);
// Writes what waits and ends the thread.
void log_stop();
// Lines dropped because too many waited, or because they could not be written.
std::uint64_t log_dropped() noexcept;
bool log_enabled(log_level level) noexcept;

// One line; sent when the object dies. Costs nothing when its level is switched off.
class log_line {
public:
    log_line(log_level level, std::string_view event);
    log_line(log_level level, std::string_view event, std::string_view error)
        : log_line(level, event) {
        with("error", error);
    }
    log_line(log_line&&) = delete;
    ~log_line();

    log_line& with(std::string_view name, std::string_view value);
    log_line& with(std::string_view name, const char* value) { return with(name, std::string_view{value}); }
    log_line& with(std::string_view name, const uuid& value);
    log_line& with(std::string_view name, std::int64_t value);
    log_line& with(std::string_view name, std::uint64_t value);
    log_line& with(std::string_view name, int value) { return with(name, std::int64_t{value}); }
    log_line& with(std::string_view name, unsigned value) { return with(name, std::uint64_t{value}); }
    log_line& with(std::string_view name, bool value);
    // Milliseconds with three decimals, from microseconds.
    log_line& with_milliseconds(std::string_view name, std::int64_t microseconds);

private:
    void start_field(std::string_view name);

    log_level level_;
    bool enabled_;
    std::string text_;
};

inline log_line log_debug(std::string_view event) {
    return {log_level::debug, event};
}
inline log_line log_info(std::string_view event) {
    return {log_level::info, event};
}
inline log_line log_warning(std::string_view event) {
    return {log_level::warning, event};
}
inline log_line log_error(std::string_view event) {
    return {log_level::error, event};
}

// What an exception says, for a log line.
std::string what_of(const std::exception_ptr& failure);

// An error line with what the exception says.
inline log_line log_exception(std::string_view event, const std::exception_ptr& failure) {
    return {log_level::error, event, what_of(failure)};
}

} // namespace bursar::server
