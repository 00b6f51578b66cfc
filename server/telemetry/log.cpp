#include "server/telemetry/log.hpp"

#include "server/error.hpp"
#include "server/json_string.hpp"
#include "server/telemetry/line_writer.hpp"
#include "server/telemetry/log_counts.hpp"
#include "server/time.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace bursar::server {

namespace {

std::unique_ptr<line_writer> writer;
std::atomic<int> least_level{static_cast<int>(log_level::error) + 1};

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

std::mutex counting;
std::map<std::pair<log_level, std::string>, std::uint64_t> counted;

void count(log_level level, std::string_view event) {
    const std::lock_guard held{counting};
    ++counted[{level, std::string{event}}];
}

} // namespace

std::vector<log_count> log_counts() {
    const std::lock_guard held{counting};
    std::vector<log_count> out;
    for (const auto& [what, lines] : counted)
        out.push_back({std::string{level_names[static_cast<std::size_t>(what.first)]}, what.second, lines});
    return out;
}

void log_start(log_level least) {
    writer = std::make_unique<line_writer>(STDOUT_FILENO);
    least_level = static_cast<int>(least);
}

void log_stop() {
    least_level = static_cast<int>(log_level::error) + 1;
    writer.reset();
}

std::uint64_t log_dropped() noexcept {
    return writer ? writer->dropped() : 0;
}

bool log_enabled(log_level level) noexcept {
    return static_cast<int>(level) >= least_level.load(std::memory_order_relaxed);
}

log_line::log_line(log_level level, std::string_view event)
    : level_(level)
    , enabled_(log_enabled(level)) {
    if (level >= log_level::warning)
        count(level, event);
    if (!enabled_)
        return;
    text_.reserve(320);
    text_ = R"({"time":")";
    append_rfc3339(text_, now());
    text_ += R"(","level":")";
    text_ += level_names[static_cast<std::size_t>(level)];
    text_ += R"(","event":")";
    text_ += event;
    text_ += '"';
}

log_line::~log_line() {
    if (!enabled_ || !writer)
        return;
    text_ += '}';
    writer->add(text_);
}

void log_line::start_field(std::string_view name) {
    text_ += ",\"";
    text_ += name;
    text_ += "\":";
}

log_line& log_line::with(std::string_view name, std::string_view value) {
    if (enabled_) {
        start_field(name);
        append_json_string(text_, value);
    }
    return *this;
}

log_line& log_line::with(std::string_view name, const uuid& value) {
    if (enabled_) {
        start_field(name);
        std::array<char, 38> quoted;
        quoted.front() = quoted.back() = '"';
        value.write(quoted.data() + 1);
        text_.append(quoted.data(), quoted.size());
    }
    return *this;
}

log_line& log_line::with(std::string_view name, std::int64_t value) {
    if (enabled_) {
        start_field(name);
        std::array<char, 24> digits;
        text_.append(digits.data(), std::to_chars(digits.begin(), digits.end(), value).ptr);
    }
    return *this;
}

log_line& log_line::with(std::string_view name, std::uint64_t value) {
    if (enabled_) {
        start_field(name);
        std::array<char, 24> digits;
        text_.append(digits.data(), std::to_chars(digits.begin(), digits.end(), value).ptr);
    }
    return *this;
}

log_line& log_line::with(std::string_view name, bool value) {
    if (enabled_) {
        start_field(name);
        text_ += value ? "true" : "false";
    }
    return *this;
}

log_line& log_line::with_milliseconds(std::string_view name, std::int64_t microseconds) {
    with(name, microseconds / 1000);
    if (enabled_) {
        const auto fraction = static_cast<int>(microseconds % 1000);
        text_ += '.';
        text_ += static_cast<char>('0' + fraction / 100);
        text_ += static_cast<char>('0' + fraction / 10 % 10);
        text_ += static_cast<char>('0' + fraction % 10);
    }
    return *this;
}

std::string what_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const error_exception& e) {
        return std::string{describe(e.reason().code).name} + ": " + e.what();
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "not a std::exception";
    }
}

} // namespace bursar::server
